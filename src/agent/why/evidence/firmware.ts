// What firmware, boot loader and processor tell the kernel of the last reset.

import { say } from '../../../core/say.ts'
import type { Clue, Ending, EvidenceRow, Strength } from '../clue.ts'

interface Reason {
  words: RegExp
  says: readonly Ending[]
  strength: Strength
}

/** Words of boot loaders: Android's bootreason, U-Boot's and barebox' reset reason, and AMD's S5 reset register. */
const reasons: readonly Reason[] = [
  { words: /watchdog|wdt|wdog|wdr\b/i, says: ['watchdog'], strength: 'strong' },
  { words: /kernel_panic|panic/i, says: ['panic'], strength: 'strong' },
  {
    words: /power.?on|cold|\bpor\b|brown.?out|under.?voltage|power.?loss|longkey/i,
    says: ['power-loss', 'power-off'],
    strength: 'fair',
  },
  { words: /thermal|over.?temp/i, says: ['power-loss', 'power-off'], strength: 'fair' },
  // arch/x86/kernel/cpu/amd.c, print_s5_reset_status_mmio(): it is how a kernel restarts, also after a panic
  { words: /reboot|soft|warm|reset control register|rst\b/i, says: ['restart', 'panic'], strength: 'weak' },
]

const onCommandLine = /\b(?:androidboot\.|boot_?|reset_?)?(?:boot|reset|pwron|reboot)_?reason=(?<reason>\S+)/i
const amd = /Previous system reset reason \[(?<register>0x[0-9a-f]+)\]: (?<reason>[^\n]+)/

export const firmware: EvidenceRow = {
  name: 'firmware',
  what: 'reset reasons on the kernel command line, in the device tree, and of the processor',
  look({ system }) {
    const clues: Clue[] = []
    const tell = (reason: string | undefined, from: string): void => {
      const found = reason && reasons.find(({ words }) => words.test(reason))
      if (found) clues.push({ ...found, what: say`the reset reason is “${reason}”`, from })
    }
    tell(onCommandLine.exec(system.text('/proc/cmdline') ?? '')?.groups?.['reason'], '/proc/cmdline')
    for (const name of ['reset-reason', 'bootreason', 'reset-source', 'reset_reason']) {
      const path = `/proc/device-tree/chosen/${name}`
      tell(system.text(path)?.replaceAll('\0', ''), path)
    }
    const log = system.text('/var/log/dmesg') ?? system.run('dmesg', [])?.out ?? ''
    tell(amd.exec(log)?.groups?.['reason'], say`the kernel's log`)
    return clues.map(({ says, strength, what, from }) => ({ says, strength, what, from }))
  },
}
