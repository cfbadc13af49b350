// The spool: the last exception of the boot that ended, captured while it lived or found after it.

import { join } from 'node:path'
import { say } from '../../../core/say.ts'
import { readBootRecords } from '../../boot-record.ts'
import type { Bundle } from '../../bundles/read.ts'
import { Spool } from '../../bundles/spool.ts'
import { type Clue, type EvidenceRow, isOfScene, type Scene } from '../clue.ts'
import { endsMachine } from '../last-words.ts'

/** The newest are looked at: a storm of warnings does not hide the oops before it. */
const MAX_BUNDLES = 50

export const bundles: EvidenceRow = {
  name: 'bundles',
  what: 'exceptions of that boot in the spool',
  async look(scene) {
    const path = scene.system.path(join(scene.data, 'bundles'))
    if (scene.system.facts(join(scene.data, 'bundles')) === undefined) return []
    try {
      const spool = await Spool.open(path, { readOnly: true })
      try {
        for (const { name } of (await spool.list()).slice(-MAX_BUNDLES).reverse()) {
          const bundle = await spool.read(name)
          if (isOfBoot(bundle, scene)) return [clueOf(bundle, name)]
        }
        return []
      } finally {
        await spool.close()
      }
    } catch {
      return []
    }
  },
}

function isOfBoot({ report, origin }: Bundle, scene: Scene): boolean {
  if (report === undefined || origin === undefined || !endsMachine(report)) return false
  const current = scene.system.text('/proc/sys/kernel/random/boot_id')
  const before = readBootRecords(scene.system, scene.data).findLast(({ bootId }) => bootId !== current)
  if (origin.bootId !== undefined && before !== undefined) return origin.bootId === before.bootId
  const atMs = Date.parse(origin.capturedAt)
  return origin.bootId !== current && scene.beganMs !== undefined && isOfScene(atMs, scene)
}

function clueOf({ report, origin }: Bundle, name: string): Clue {
  const { title, fatal } = report!
  const common = { title, from: name, at: origin!.capturedAt }
  if (fatal) return { ...common, says: ['panic'], strength: 'proof', what: say`the kernel panicked: ${title}` }
  // It may have lived on for weeks.
  return { ...common, says: ['oops', 'panic', 'watchdog'], strength: 'weak', what: say`the kernel reported “${title}”` }
}
