// "Hardware name" of a kernel's log: the model of the machine, and the firmware that it ran.
//
//   drivers/firmware/dmi_scan.c, dmi_format_ids(): "Dell Inc. PowerEdge R740/0923K0, BIOS 2.10.0 11/12/2020"
//   arch/arm64/kernel/setup.c, setup_machine_fdt(): "FriendlyElec NanoPi M4 (DT)"
//   arch/powerpc, seq_buf ppc_hw_desc: "IBM,8375-42A POWER9 (raw) 0x4e0202 0xf000005 of:IBM,FW950.30 (VL950_092) hv:phyp pSeries"

import { compareReleases } from './release.ts'

const bios = /,? BIOS (?<firmware>.*)$/
const openFirmware = / (?<firmware>(?:of|opal):\S+(?: \([^)]*\))?)/

const deviceTree = / \((?:DT|Flattened Device Tree)\)$/

/** What stays the same when its firmware is renewed, and is the same as /sys and the device tree have it: DMI pads with blanks. */
export const modelOf = (hardware: string | undefined): string | undefined =>
  hardware
    ?.replace(bios, '')
    .replace(openFirmware, '')
    .replace(/\s+/g, ' ')
    .replaceAll(' /', '/')
    .trim()
    .replace(deviceTree, '')

/** Version and date: "2.10.0 11/12/2020", "of:IBM,FW950.30 (VL950_092)". */
export const firmwareOf = (hardware: string | undefined): string | undefined =>
  (bios.exec(hardware ?? '') ?? openFirmware.exec(hardware ?? ''))?.groups?.['firmware']?.trim()

/** DMI's date, month first (SMBIOS 3.7, 7.1.1), as a number that grows. */
function dateOf(firmware: string): number | undefined {
  const [, month, day, year] = /(\d{2})\/(\d{2})\/(\d{4})$/.exec(firmware) ?? []
  return year === undefined ? undefined : Number(`${year}${month}${day}`)
}

/** < 0: `a` is the earlier one, both of the same model. By the dates; of the same day or without one, by the numbers. */
export function compareFirmware(a: string, b: string): number {
  const [one, other] = [dateOf(a), dateOf(b)]
  if (one !== undefined && other !== undefined && one !== other) return one - other
  return compareReleases(a, b)
}
