// pstore: whether the kernel has a place for its last words, and how much fits. Documentation/ABI/testing/pstore,
// Documentation/admin-guide/ramoops.rst.

import { say } from '../../../core/say.ts'
import { advice, type Check, good, type Machine, parameter, problem, wordOf } from '../check.ts'

const KIB = 1024

const backendOf = (machine: Machine): string | undefined => {
  const backend = parameter(machine, 'pstore', 'backend')
  return backend === undefined || backend === '(null)' || backend === '' ? undefined : backend
}

const backend: Check = {
  name: 'pstore back end',
  look(machine) {
    const { system } = machine
    if (system.facts('/sys/fs/pstore') === undefined) return undefined
    const found = backendOf(machine)
    if (found !== undefined) return good(say`pstore writes to ${found}`)
    if (system.facts('/sys/firmware/efi/efivars') !== undefined) {
      return problem(
        say`pstore has no back end`,
        say`of a panic nothing is left after the restart. EFI variables can keep it: load efi_pstore.`,
        {
          module: { name: 'efi_pstore' },
        },
      )
    }
    return problem(
      say`pstore has no back end`,
      say`of a panic nothing is left after the restart. Reserve memory that a warm restart keeps, and give it to ramoops: 1 MiB at an address above all else that boots there, here 0x70000000 as an example.`,
      {
        commandLine:
          'memmap=1M$0x70000000 ramoops.mem_address=0x70000000 ramoops.mem_size=0x100000 ramoops.record_size=0x20000 ramoops.console_size=0x20000 ramoops.ecc=1',
        module: { name: 'ramoops' },
      },
    )
  },
}

const mounted: Check = {
  name: 'pstore mount',
  look({ system }) {
    if (system.facts('/sys/fs/pstore') === undefined) return undefined
    const mounts = system.text('/proc/mounts') ?? ''
    if (/^\S+ \/sys\/fs\/pstore pstore /m.test(mounts)) return good(say`/sys/fs/pstore is mounted`)
    return problem(
      say`/sys/fs/pstore is not mounted`,
      say`what a dead kernel left cannot be read: mount -t pstore pstore /sys/fs/pstore, and into /etc/fstab where no systemd does it.`,
    )
  },
}

const efiKept: Check = {
  name: 'EFI variables for pstore',
  look(machine) {
    if (backendOf(machine) === undefined || !/efi/.test(backendOf(machine)!)) return undefined
    const off = parameter(machine, 'efi_pstore', 'pstore_disable')
    return off === 'Y'
      ? problem('efi_pstore.pstore_disable = Y', say`EFI is the back end and writes nothing.`, {
          module: { name: 'efi_pstore', options: 'pstore_disable=0' },
        })
      : good(say`efi_pstore writes`)
  },
}

const recordSize: Check = {
  name: 'ramoops record size',
  look(machine) {
    const size = Number(parameter(machine, 'ramoops', 'record_size'))
    if (!(size > 0)) return undefined
    const found = `ramoops.record_size = ${size}`
    if (size >= 16 * KIB) return good(found)
    return problem(found, say`a report is often longer, and its beginning is lost: 64 KiB or more.`, {
      module: { name: 'ramoops', options: 'record_size=65536' },
    })
  },
}

const consoleSize: Check = {
  name: 'ramoops console',
  look(machine) {
    const text = parameter(machine, 'ramoops', 'console_size')
    if (text === undefined) return undefined
    const found = `ramoops.console_size = ${text}`
    if (machine.config?.has('PSTORE_CONSOLE') === false) return undefined
    if (Number(text) > 0) return good(found)
    return advice(
      found,
      say`the console is not kept: of a reset without a panic, by a watchdog for one, nothing is left.`,
      {
        module: { name: 'ramoops', options: 'console_size=65536' },
      },
    )
  },
}

const ecc: Check = {
  name: 'ramoops error correction',
  look(machine) {
    const text = parameter(machine, 'ramoops', 'ecc')
    if (text === undefined) return undefined
    if (Number(text) > 0) return good(`ramoops.ecc = ${text}`)
    return advice(
      `ramoops.ecc = ${text}`,
      say`memory that was not refreshed for a moment comes back with wrong bits; with ecc=1 they are mended.`,
      {
        module: { name: 'ramoops', options: 'ecc=1' },
      },
    )
  },
}

const reasons: Check = {
  name: 'what is dumped',
  look(machine) {
    if (backendOf(machine) === undefined) return undefined
    const most = Number(parameter(machine, 'ramoops', 'max_reason') ?? parameter(machine, 'pstore', 'max_reason') ?? 2)
    if (most >= 2 || most < 0) return good(say`dumps up to reason ${most}: panics and oopses`)
    return problem(`max_reason = ${most}`, say`oopses are not dumped, panics alone.`, {
      module: { name: 'ramoops', options: 'max_reason=2' },
    })
  },
}

const beforeKdump: Check = {
  name: 'pstore beside kdump',
  look(machine) {
    const { system } = machine
    if (backendOf(machine) === undefined || system.text('/sys/kernel/kexec_crash_loaded') !== '1') return undefined
    const word = wordOf(machine, 'crash_kexec_post_notifiers')
    const set = parameter(machine, 'kernel', 'crash_kexec_post_notifiers')
    if (set === 'Y' || (word !== undefined && !/^[0n]/i.test(word)))
      return good(say`pstore is written before the crash kernel starts`)
    return advice(
      say`crash_kexec_post_notifiers is off`,
      say`with kdump armed pstore is not written: when the crash kernel fails, nothing is left. Written first, pstore can in turn keep kdump from starting.`,
      {
        commandLine: 'crash_kexec_post_notifiers',
      },
    )
  },
}

const archiver: Check = {
  name: 'systemd-pstore',
  look({ system }) {
    const unit = ['/usr/lib/systemd/system', '/lib/systemd/system'].find(folder =>
      system.facts(`${folder}/systemd-pstore.service`),
    )
    if (unit === undefined) return undefined
    const enabled = system.facts('/etc/systemd/system/sysinit.target.wants/systemd-pstore.service') !== undefined
    return good(
      enabled
        ? say`systemd-pstore moves records to /var/lib/systemd/pstore, which is harvested too`
        : say`systemd-pstore is not enabled`,
    )
  },
}

export const pstoreChecks: readonly Check[] = [
  backend,
  mounted,
  efiKept,
  recordSize,
  consoleSize,
  ecc,
  reasons,
  beforeKdump,
  archiver,
]
