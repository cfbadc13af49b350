// Records out of the ring onto the terminal: now, as they come, or raw; exceptions explained between them.

import { type EscapeRules, escapeBytes } from '../agent/ring/escape.ts'
import { follow } from '../agent/ring/follow.ts'
import { type RingInput, recordsNow } from '../agent/ring/input.ts'
import type { Printer } from '../agent/ring/printer.ts'
import type { KmsgReader } from '../agent/ring/ring-buffer.ts'
import type { Report } from '../core/model.ts'

export interface Show {
  printer: Printer
  json: boolean
  explain: boolean
  /** for what is explained */
  colour: boolean
  columns: number
  withPriority: boolean
  /** latin1: a character a byte */
  write(text: string): Promise<void>
  complain(message: string): void
}

/** The decoder is loaded where it is asked for: dmesg alone should be quick. */
const decoding = () => import('../agent/ring/explain.ts')

/** So much is gathered before it is written. */
const WRITE_CHARACTERS = 64 * 1024

export async function printNow(show: Show, input: RingInput): Promise<void> {
  const { printer, json, write } = show
  const records = show.explain ? [...recordsNow(input, show.withPriority)] : undefined
  const explained = records === undefined ? undefined : await (await decoding()).reportsByRecord(records)
  let text = ''
  let index = 0
  for (const { record } of records ?? recordsNow(input, show.withPriority)) {
    text += json ? printer.printJson(record) : printer.print(record)
    for (const report of explained?.get(index) ?? []) text += await explanation(report, show)
    index++
    if (text.length < WRITE_CHARACTERS) continue
    await write(text)
    text = ''
  }
  if (json) text += printer.endJson()
  if (text !== '') await write(text)
}

/** Ends when standard output does, or on a signal. */
export async function printFollowing(show: Show, kmsg: KmsgReader): Promise<void> {
  const { printer, json, write } = show
  const explain = show.explain ? await decoding() : undefined
  const explainer = explain === undefined ? undefined : new explain.LiveExplainer()
  const stop = new AbortController()
  const lost = (): void => show.complain('messages were lost: the ring was overwritten before they could be read')
  const say = async (reports: readonly Report[] | undefined): Promise<void> => {
    for (const report of reports ?? []) await write(await explanation(await explain!.completed(report), show))
  }
  try {
    for await (const records of follow(kmsg, show.withPriority, stop.signal, lost)) {
      for (const { record, bytes } of records) {
        const text = json ? printer.printJson(record) : printer.print(record)
        if (text !== '') await write(text)
        await say(explainer?.push(bytes, performance.now()))
      }
      await say(explainer?.settle(performance.now()))
    }
  } finally {
    stop.abort()
  }
}

/** The buffer of syslog(2) or a file as it is, harmless. */
export async function printRaw(show: Show, input: RingInput, escapes: EscapeRules | undefined): Promise<void> {
  const text = input.bytes.toString('latin1')
  if (text === '') return
  const shown = escapes === undefined ? text : escapeBytes(text, escapes)
  await show.write(shown.endsWith('\n') ? shown : `${shown}\n`)
}

const LEAST_COLUMNS = 40

/** A report beside the log: every line of it behind a bar. */
async function explanation(report: Report, { colour, columns }: Show): Promise<string> {
  const { renderTerminal } = await import('../core/render/terminal.ts')
  const width = Math.max(LEAST_COLUMNS, columns - 2)
  const lines = renderTerminal(report, { colour, width, verbose: false }).trimEnd().split('\n')
  const bar = colour ? '\x1b[36m│\x1b[0m' : '│'
  return Buffer.from(lines.map(line => `${bar} ${line}`.trimEnd()).join('\n') + '\n').toString('latin1')
}
