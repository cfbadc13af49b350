import type { LogRecord } from '../model.ts'
import { LineSplitter } from './lines.ts'
import { LogReader } from './reader.ts'

export { LineSplitter, MAX_LINE_BYTES } from './lines.ts'
export { LogReader } from './reader.ts'

/** All records of a log that is in memory as a whole. */
export function readRecords(bytes: Uint8Array): LogRecord[] {
  const splitter = new LineSplitter()
  const reader = new LogReader()
  const records: LogRecord[] = []
  for (const line of splitter.push(bytes)) for (const record of reader.push(line)) records.push(record)
  for (const line of splitter.flush()) for (const record of reader.push(line)) records.push(record)
  for (const record of reader.flush()) records.push(record)
  return records
}
