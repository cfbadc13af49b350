// What must hold for every input whatever.

import assert from 'node:assert/strict'
import { Decoder } from '../../src/core/decoder.ts'
import { readRecords } from '../../src/core/log/index.ts'
import type { Report } from '../../src/core/model.ts'
import { archNames, damageNames, kindNames, severityNames } from '../../src/core/vocabulary.ts'
import type { Random } from '../random.ts'

/** Records looked at, for each byte: a JSON string of escaped line breaks makes a record of two bytes. */
const maxWorkPerByte = 1
/** … and for an input of any size. */
const maxWork = 64
/** A report's text may stand in it several times (lines, code, stages), and each number has a name. */
const maxOutputPerByte = 60
const maxOutput = 40_000
const maxTitleLength = 400

export function decode(bytes: Uint8Array): { reports: Report[]; work: number } {
  const decoder = new Decoder()
  const reports = [...decoder.push(bytes), ...decoder.finish()]
  return { reports, work: decoder.work }
}

/** Cuts the input at random places, now and then byte by byte. */
export function decodeInChunks(bytes: Uint8Array, random: Random): Report[] {
  const decoder = new Decoder()
  const most = random.pick([3, 80, 700])
  const reports: Report[] = []
  for (let at = 0; at < bytes.length; ) {
    const chunk = bytes.slice(at, at + random.between(0, most))
    reports.push(...decoder.push(chunk))
    // The caller may use its buffer again.
    at += chunk.length
    chunk.fill(0x21)
  }
  return [...reports, ...decoder.finish()]
}

export function assertReports(bytes: Uint8Array): Report[] {
  const { reports, work } = decode(bytes)
  assert.ok(work <= maxWorkPerByte * bytes.length + maxWork, `${work} records of ${bytes.length} bytes`)
  if (reports.length === 0) return reports
  const lines = countLines(bytes)
  for (const report of reports) assertReport(report, bytes, lines)
  const json = JSON.stringify(reports)
  const output = json.length
  if (json.includes('null')) assertNumbers(reports)
  assert.ok(output <= maxOutputPerByte * bytes.length + maxOutput, `${output} letters of ${bytes.length} bytes`)
  assertTextIsOfInput(reports, bytes)
  return reports
}

/** JSON writes what is no number as null; a size or a count beyond 2^53 would not be exact. */
function assertNumbers(value: unknown): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value), String(value))
  else if (typeof value === 'object') {
    assert.ok(value !== null)
    Object.values(value).forEach(assertNumbers)
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 1
  for (const byte of bytes) if (byte === 10) lines++
  return lines
}

const control = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/

function assertReport(report: Report, bytes: Uint8Array, lines: number): void {
  assert.equal(report.schema, 'faultline.report/1')
  assert.ok(kindNames.includes(report.kind), report.kind)
  assert.ok(severityNames.includes(report.severity), report.severity)
  assert.ok(report.arch === undefined || archNames.includes(report.arch))
  for (const title of [report.title, ...report.altTitles]) {
    assert.ok(title.length > 0 && title.length <= maxTitleLength && !control.test(title), `title ${title}`)
  }
  const { first, last } = report.lines
  assert.ok(first >= 1 && first <= last && last <= lines, `lines ${first} to ${last} of ${lines}`)
  const { start, end } = report.span
  assert.ok(start >= 0 && start <= end && end <= bytes.length, `bytes ${start} to ${end} of ${bytes.length}`)
  assert.match(report.fingerprint, /^[0-9a-f]{16}$/)
  for (const line of report.text.split('\n')) assert.ok(!control.test(line), `text ${JSON.stringify(line)}`)
  for (const damage of report.damage ?? []) {
    assert.ok(damageNames.includes(damage.what))
    assert.ok(damage.line >= 1 && damage.line <= lines, `damage in line ${damage.line} of ${lines}`)
  }
  for (const trace of report.traces ?? []) {
    for (const frame of trace.frames) {
      assert.ok(frame.line === undefined || (frame.line >= 1 && frame.line <= lines), `frame in line ${frame.line}`)
      assert.ok(frame.offset === undefined || isCount(frame.offset), `offset ${frame.offset}`)
      assert.ok(frame.size === undefined || isCount(frame.size), `size ${frame.size}`)
      assert.ok(frame.address === undefined || /^0x[0-9a-f]+$/.test(frame.address), frame.address)
    }
  }
  for (const value of Object.values(report.registers ?? {})) assert.match(value, /^0x[0-9a-f]+$/)
  for (const number of [report.task?.pid, report.task?.cpu, report.task?.uid, report.time?.sinceBootUs]) {
    assert.ok(number === undefined || isCount(number), `number ${number}`)
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** Transports that write other letters than were said. */
const escaping = /json|html|kmsg|netconsole|export|verbose|octal|rfc5424/

const lettersOnly = (text: string): string => text.replace(/[^0-9A-Za-z]+/g, '')

/** Nothing invented: the letters and digits of each line stand in the input in this order. */
function assertTextIsOfInput(reports: readonly Report[], bytes: Uint8Array): void {
  let input: string | undefined
  for (const { text, source } of reports) {
    if (escaping.test(source.transport ?? '')) continue
    input ??= lettersOnly(new TextDecoder().decode(bytes))
    // An encoding that is undone changes letters too.
    if (/3D|20/.test(input) && /=(?:3D|20)?\r?\n/.test(new TextDecoder().decode(bytes))) return
    for (const line of text.split('\n')) {
      const letters = lettersOnly(line)
      assert.ok(input.includes(letters) || isMixed(bytes), `not in the input: ${line}`)
    }
  }
}

/** Lines of several transports, or with marks inside that are taken out, are not compared letter by letter. */
function isMixed(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes)
  return /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|&(?:#|[a-z]+;)|[{\\]|;|printk messages|\r[^\n]|^\s*>/m.test(text)
}

/** Records: where they are, in order, clean. */
export function assertRecords(bytes: Uint8Array): void {
  const lines = countLines(bytes)
  for (const record of readRecords(bytes)) {
    assert.ok(
      record.line >= 1 && (record.lastLine ?? record.line) <= lines,
      `record in line ${record.line} of ${lines}`,
    )
    assert.ok(record.line <= (record.lastLine ?? record.line))
    const { start, end } = record.span
    assert.ok(start >= 0 && start <= end && end <= bytes.length, `record at ${start} to ${end} of ${bytes.length}`)
    assert.ok(!control.test(record.text), `record ${JSON.stringify(record.text)}`)
    assert.ok(record.sinceBootUs === undefined || isCount(record.sinceBootUs), `time ${record.sinceBootUs}`)
    assert.ok(record.cpu === undefined || isCount(record.cpu), `cpu ${record.cpu}`)
    assert.ok(record.level === undefined || (isCount(record.level) && record.level < 8), `level ${record.level}`)
  }
}
