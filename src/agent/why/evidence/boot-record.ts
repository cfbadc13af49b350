// The agent's own record: whether it was told that the machine goes down.

import { join } from 'node:path'
import { say } from '../../../core/say.ts'
import { bootsName, readBootRecords } from '../../boot-record.ts'
import { abrupt, type EvidenceRow, orderly } from '../clue.ts'

export const bootRecord: EvidenceRow = {
  name: 'boot record',
  what: "the agent's own record of boots",
  look({ system, data }) {
    const from = join(data, bootsName)
    const current = system.text('/proc/sys/kernel/random/boot_id')
    const last = readBootRecords(system, data).findLast(({ bootId }) => bootId !== current)
    if (last === undefined) return []
    if (last.ended === undefined) {
      return [{ says: abrupt, strength: 'fair', what: say`the agent was not told that the machine goes down`, from }]
    }
    const says = last.ending === undefined ? orderly : [last.ending]
    const what = say`the agent was told to end for a ${last.ending ?? 'shutdown'}`
    return [{ says, strength: 'strong', what, from, at: last.ended }]
  },
}
