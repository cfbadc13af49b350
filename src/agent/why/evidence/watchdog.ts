// What the watchdog's hardware says of the last reset: Documentation/watchdog/watchdog-api.rst, `bootstatus`.

import { say } from '../../../core/say.ts'
import type { Clue, Ending, EvidenceRow, Strength } from '../clue.ts'

const folder = '/sys/class/watchdog'

interface Flag {
  bit: number
  says: readonly Ending[]
  strength: Strength
  /** `by`: what the driver calls itself */
  what(by: string): string
}

/** include/uapi/linux/watchdog.h, WDIOF_… */
const flags: readonly Flag[] = [
  {
    bit: 0x0001,
    says: ['power-off', 'power-loss'],
    strength: 'fair',
    what: by => say`the processor was too hot (${by})`,
  },
  { bit: 0x0002, says: ['power-off', 'power-loss'], strength: 'fair', what: by => say`a fan failed (${by})` },
  { bit: 0x0010, says: ['power-loss'], strength: 'strong', what: by => say`the supply voltage was too low (${by})` },
  { bit: 0x0020, says: ['watchdog'], strength: 'proof', what: by => say`the watchdog reset the machine (${by})` },
  { bit: 0x0040, says: ['power-loss'], strength: 'fair', what: by => say`the supply voltage was too high (${by})` },
]

export const watchdog: EvidenceRow = {
  name: 'watchdog',
  what: `${folder}/*/bootstatus`,
  look({ system }) {
    const clues: Clue[] = []
    for (const name of system.names(folder)) {
      const path = `${folder}/${name}/bootstatus`
      const status = Number(system.text(path) ?? 0)
      if (!Number.isSafeInteger(status)) continue
      const identity = system.text(`${folder}/${name}/identity`)
      for (const { bit, says, strength, what } of flags) {
        if ((status & bit) !== 0) clues.push({ says, strength, what: what(identity ?? name), from: path })
      }
    }
    return clues
  },
}
