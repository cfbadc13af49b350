// wtmp's records of boots and of orderly shutdowns: utmp(5); systemd's src/update-utmp/update-utmp.c, sysvinit's
// src/halt.c, last(1).

import { readUtmp, type UtmpRecord, utmpTypes } from '../../../core/formats/utmp.ts'
import { say } from '../../../core/say.ts'
import type { System } from '../../system.ts'
import { abrupt, type Clue, type EvidenceRow, orderly, type Scene } from '../clue.ts'
import { readWtmpdb } from './wtmpdb.ts'

const path = '/var/log/wtmp'

/** Of a file that was never rotated the end is what counts; a multiple of both sizes of a record. */
const MAX_BYTES = 384 * 400 * 64

/** Of wtmp or, where that is kept and goes on longer, of wtmpdb. */
export function readWtmp(system: System): UtmpRecord[] {
  const [file, database] = [readFile(system), readWtmpdb(system)]
  const lastBoot = (records: readonly UtmpRecord[]): number => records.findLast(isBoot)?.at ?? 0
  return lastBoot(database) > lastBoot(file) ? database : file
}

function readFile(system: System): UtmpRecord[] {
  const facts = system.facts(path)
  const bytes = facts?.kind === 'file' ? system.bytes(path, 512 * 1024 * 1024) : undefined
  if (bytes === undefined) return []
  return readUtmp(
    bytes.length <= MAX_BYTES ? bytes : bytes.subarray(Math.floor((bytes.length - MAX_BYTES) / 153600) * 153600),
  )
}

const isBoot = ({ type }: UtmpRecord): boolean => type === utmpTypes.boot
const isShutdown = ({ type, user }: UtmpRecord): boolean => type === utmpTypes.runLevel && user === 'shutdown'

export const wtmp: EvidenceRow = {
  name: 'wtmp',
  what: `${path} or wtmpdb: whether the last boot was ended by shutdown`,
  look: scene => judge(readWtmp(scene.system), scene),
}

function judge(records: readonly UtmpRecord[], { bootedMs }: Scene): Clue[] {
  const boots = records.flatMap((record, index) => (isBoot(record) ? [index] : []))
  const lastBoot = boots.at(-1)
  if (lastBoot === undefined) return []
  // This boot may have no record yet, when it is asked early.
  const recorded = bootedMs === undefined || Math.abs(records[lastBoot]!.at - bootedMs) < 10 * 60 * 1000
  const end = recorded ? lastBoot : records.length
  const began = recorded ? boots.at(-2) : lastBoot
  if (began === undefined) return []
  const between = records.slice(began + 1, end)
  const shutdown = between.findLast(isShutdown)
  if (shutdown === undefined) {
    return [{ says: abrupt, strength: 'fair', what: say`wtmp has no shutdown between the last two boots`, from: path }]
  }
  const at = new Date(shutdown.at).toISOString()
  const clues: Clue[] = [
    { says: orderly, strength: 'strong', what: say`wtmp has an orderly shutdown before this boot`, from: path, at },
  ]
  // sysvinit: the new run level in the low byte of the pid
  const level = between.findLast(({ type, user }) => type === utmpTypes.runLevel && user === 'runlevel')?.pid ?? 0
  const digit = String.fromCharCode(level & 0xff)
  if (digit === '6')
    clues.push({ says: ['restart'], strength: 'strong', what: say`it went to run level 6`, from: path, at })
  if (digit === '0')
    clues.push({ says: ['power-off', 'halt'], strength: 'strong', what: say`it went to run level 0`, from: path, at })
  return clues
}
