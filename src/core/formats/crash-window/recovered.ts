// The records of Faultline's kernel module as recovered logs: their text, and in a few lines what the record says beside it.

import type { ByteFile } from '../../bytes/byte-file.ts'
import type { RecoveredLog } from '../recovered-log.ts'
import { readCrashWindow, type WindowRecord } from './records.ts'

/** All records of an image, the oldest first. */
export async function recoverCrashWindow(file: ByteFile): Promise<RecoveredLog[]> {
  return (await readCrashWindow(file)).map(recoveredRecord)
}

function recoveredRecord(record: WindowRecord): RecoveredLog {
  return {
    name: `${record.kind}-faultline-${record.sequence}`,
    by: 'kernel',
    offset: record.logOffset ?? record.offset,
    wallUs: record.wallUs,
    bootId: record.bootId,
    text: record.log ?? new Uint8Array(0),
    damage: record.damage,
    about: aboutRecord(record),
  }
}

const hex = (value: bigint, wordBytes: number): string =>
  `0x${BigInt.asUintN(wordBytes * 8, value)
    .toString(16)
    .padStart(wordBytes * 2, '0')}`

/** `oops in a task: sh[132] on CPU 0, uid 0, 71.213004 s after boot` and what else the record has, a line each. */
export function aboutRecord(record: WindowRecord): string[] {
  const { kind, context, comm, pid, cpu, uid, reason, facts, registers, stack, wordBytes } = record
  const where = context === 'task' ? 'a task' : context === 'nmi' ? 'an NMI' : `a ${context}`
  const seconds = (record.monotonicUs / 1e6).toFixed(6)
  const program = record.pc === 0n ? [] : [`pc ${hex(record.pc, wordBytes)}, sp ${hex(record.sp, wordBytes)}`]
  const trap = kind === 'oops' ? [`trap ${record.trap}, error ${record.errorCode}, signal ${record.signal}`] : []
  return [
    `${kind} in ${where}: ${comm}[${pid}] on CPU ${cpu}, uid ${uid}, ${seconds} s after boot, boot ${record.bootId}`,
    ...(reason === '' ? [] : [`reason: ${reason}`]),
    ...(facts['asked'] === undefined ? [] : [`asked by ${facts['asked']}`]),
    ...(facts['release'] === undefined ? [] : [`kernel ${facts['release']} ${facts['version'] ?? ''}`.trimEnd()]),
    ...(record.follows === undefined ? [] : [`follows the oops of record ${record.follows}`]),
    ...program,
    ...trap,
    ...(registers.length === 0
      ? []
      : [registers.map(({ name, value }) => `${name} ${hex(value, wordBytes)}`).join('  ')]),
    ...(stack === undefined ? [] : [`${stack.bytes.length} bytes of the stack from ${hex(stack.address, wordBytes)}`]),
    ...(record.missed === 0 ? [] : [`${record.missed} earlier events of its boot found no room`]),
  ]
}
