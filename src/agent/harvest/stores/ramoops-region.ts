// The memory of ramoops, read as it is: before its driver is loaded, or where the kernel that runs has none.
// Documentation/admin-guide/ramoops.rst. Not erased: the driver takes what it overwrites.

import type { Remains, RemainsHost, RemainsStore } from '../store.ts'
import { type Region, readSize, remainsOf } from './raw.ts'

const parameters = '/sys/module/ramoops/parameters'
const deviceTree = '/proc/device-tree/reserved-memory'

export const ramoopsRegion: RemainsStore = {
  name: 'ramoops-region',
  what: 'the memory of ramoops, where the configuration, the kernel command line or the device tree says it is',
  async collect(host) {
    const found: Remains[] = []
    for (const region of regions(host)) {
      found.push(...(await remainsOf(host, 'ramoops-region', region, name => /-ramoops-/.test(name))))
    }
    return found
  },
}

function regions(host: RemainsHost): Region[] {
  const { system, settings } = host
  const configured = settings.ramoops.flatMap(text => regionOf(host, text) ?? [])
  if (configured.length > 0) return configured
  // The driver shows its records as files of pstore, and has begun to write over the rest.
  if (system.facts(parameters) !== undefined) return []
  return [...fromCommandLine(system.text('/proc/cmdline') ?? ''), ...fromDeviceTree(host)]
}

function regionOf(host: RemainsHost, text: string): Region | undefined {
  const [first = '', second] = text.split(',')
  if (second === undefined) return { path: first, offset: 0 }
  const offset = readSize(first)
  const sizeBytes = readSize(second)
  if (offset !== undefined && sizeBytes !== undefined) return { path: '/dev/mem', offset, sizeBytes }
  host.trouble(`Ramoops=${text}: expected a file, or ADDRESS,BYTES as in 0x6000000,512K`)
  return undefined
}

// ramoops.mem_address=0x8000000 ramoops.mem_size=1048576
function fromCommandLine(line: string): Region[] {
  const offset = readSize(/\bramoops\.mem_address=(\S+)/.exec(line)?.[1] ?? '')
  const sizeBytes = readSize(/\bramoops\.mem_size=(\S+)/.exec(line)?.[1] ?? '')
  return offset === undefined || sizeBytes === undefined ? [] : [{ path: '/dev/mem', offset, sizeBytes }]
}

/** Documentation/devicetree/bindings/reserved-memory/ramoops.yaml: `reg` has address and size, one or two cells each. */
function fromDeviceTree({ system }: RemainsHost): Region[] {
  const found: Region[] = []
  for (const name of system.names(deviceTree)) {
    const node = `${deviceTree}/${name}`
    if (!(system.text(`${node}/compatible`) ?? '').includes('ramoops')) continue
    const reg = system.bytes(`${node}/reg`)
    if (reg === undefined || (reg.length !== 8 && reg.length !== 16)) continue
    const view = new DataView(reg.buffer, reg.byteOffset, reg.length)
    const [offset, sizeBytes] =
      reg.length === 8
        ? [view.getUint32(0), view.getUint32(4)]
        : [Number(view.getBigUint64(0)), Number(view.getBigUint64(8))]
    found.push({ path: '/dev/mem', offset, sizeBytes })
  }
  return found
}
