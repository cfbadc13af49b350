// Images of dead kernels' memory and stores → their logs → one text that a decoder reads.

import type { ByteFile } from './bytes/byte-file.ts'
import { concatenate } from './bytes/concatenate.ts'
import { latin1 } from './bytes/cursor.ts'
import { recoverCrashWindow } from './formats/crash-window/recovered.ts'
import { isErstStore, recoverErst } from './formats/erst.ts'
import { recoverMtdoops } from './formats/mtdoops.ts'
import { recoverPowerpcNvram } from './formats/powerpc-nvram.ts'
import { recoverPstoreZones } from './formats/pstore-zone.ts'
import { recoverRamoops } from './formats/ramoops/records.ts'
import type { RecoveredLog, RecoverHost } from './formats/recovered-log.ts'
import { isVmcore, recoverVmcore } from './formats/vmcore/vmcore.ts'
import { contains, repeatedLines } from './log/order/overlap.ts'
import { readPartHeader } from './log/order/pstore.ts'

export type { RecoveredLog, RecoverHost } from './formats/recovered-log.ts'

/**
 * A store that kernels write their last words into. To add one: a reader in formats/, a row here. A reader looks for its
 * own anywhere in the image, gives nothing when there is none, and throws nothing but FormatError.
 */
interface Store {
  name: string
  recover(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]>
  /** what it inflates are pages that it does not keep */
  transient?: true
}

/** Those that are told by the beginning of the image, and have it to themselves. */
const whole: readonly (Store & { begins(head: Uint8Array): boolean })[] = [
  { name: 'vmcore', begins: isVmcore, recover: recoverVmcore, transient: true },
  { name: 'erst', begins: isErstStore, recover: recoverErst },
]

/** Those that may stand anywhere, perhaps several in one image. */
const within: readonly Store[] = [
  { name: 'ramoops', recover: recoverRamoops },
  { name: 'pstore-zone', recover: recoverPstoreZones },
  { name: 'mtdoops', recover: recoverMtdoops },
  { name: 'powerpc-nvram', recover: recoverPowerpcNvram },
  { name: 'crash-window', recover: recoverCrashWindow },
]

/** All logs of an image, those of one store in the order of time where the store tells it. Throws FormatError. */
export async function recoverLogs(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]> {
  const head = await file.read(0, Math.min(64, file.size))
  const owner = whole.find(({ begins }) => begins(head))
  const bounded = withBudget(host, MAX_INFLATED_BYTES)
  if (owner !== undefined) return owner.recover(file, owner.transient ? host : bounded)
  const logs: RecoveredLog[] = []
  for (const store of within) logs.push(...(await store.recover(file, bounded)))
  return logs
}

/** No store that kernels write into holds more text; what would inflate to more is cut. */
const MAX_INFLATED_BYTES = 128 * 1024 * 1024

function withBudget(host: RecoverHost, budget: number): RecoverHost {
  let left = budget
  return {
    ...host,
    inflate: async (bytes, form, limit) => {
      if (left <= 0) return { bytes: new Uint8Array(0), damage: `the image inflates to more than ${budget} bytes` }
      const inflated = await host.inflate(bytes, form, Math.min(left, limit))
      left -= inflated.bytes.length
      return inflated
    },
  }
}

const LINE_FEED = 10

/** A part of a dump: its header, and the lines as a console prints them, without levels. */
interface Text {
  dumped: boolean
  lines: string[]
}

/**
 * What the kernel wrote, as one text for a decoder. A dump repeats what the one before had of the same boot; where the
 * dumps have pstore's headers the decoder sees to that, elsewhere it is done here. What the console's own log has is not
 * given again.
 */
export function decodableText(logs: readonly RecoveredLog[]): Uint8Array {
  const kernel = logs.filter(({ by }) => by === 'kernel').map(log => ({ ...log, ...readText(log.text) }))
  const consoles = kernel.filter(isConsole)
  const dumps = kernel.filter(log => !isConsole(log) && !consoles.some(each => contains(each.lines, log.lines)))
  const behind = new Map(consoles.map(each => [each, lastThatRunsInto(each, dumps)]))
  const pieces: Uint8Array[] = []
  let earlier: string[] = []
  const give = ({ text, dumped, lines }: Text & RecoveredLog, known = 0): void => {
    const repeated = dumped ? 0 : known || repeatedLines(earlier, lines)
    earlier = dumped ? [] : lines
    pieces.push(text.subarray(startOfLine(text, repeated)))
    if (text.at(-1) !== LINE_FEED) pieces.push(Uint8Array.of(LINE_FEED))
  }
  for (const log of kernel) {
    if (isConsole(log) ? behind.get(log) === undefined : dumps.includes(log)) give(log)
    for (const [each, dump] of behind) if (dump?.log === log) give(each, dump.repeated)
  }
  return concatenate(pieces)
}

const isConsole = ({ name }: RecoveredLog): boolean => name.startsWith('console-')

/**
 * The last dump whose end is the console's beginning, and how many lines that is: a console that was registered late has what
 * came since, a dump the whole ring buffer. The console's zone is a ring too: its first line may be half of one.
 */
function lastThatRunsInto<Dump extends Text>(
  { lines }: Text,
  dumps: readonly Dump[],
): { log: Dump; repeated: number } | undefined {
  const rest = lines.slice(1)
  for (const log of dumps.toReversed()) {
    const repeated = repeatedLines(log.lines, lines)
    if (repeated > 0) return { log, repeated }
    const behindHalf = repeatedLines(log.lines, rest)
    if (behindHalf > 0) return { log, repeated: behindHalf + 1 }
  }
  return undefined
}

// printk's level before each line of a dump: <4>
const level = /^<\d{1,3}>/

// fs/pstore/ram_core.c, persistent_ram_ecc_string(): behind each file of ramoops with error correction, after an empty line
const eccWords = /^ECC: (?:No errors detected|\d{1,10} Corrected bytes, \d{1,10} unrecoverable blocks)$/

function readText(text: Uint8Array): Text {
  const lines = linesOf(text)
  const dumped = lines[0] !== undefined && readPartHeader(lines[0]) !== undefined
  if (dumped) lines.shift()
  if (eccWords.test(lines.at(-1) ?? '')) lines.splice(lines.at(-2) === '' ? -2 : -1)
  return { dumped, lines: lines.map(line => line.replace(level, '')) }
}

function linesOf(text: Uint8Array): string[] {
  const lines = latin1(text).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function startOfLine(text: Uint8Array, line: number): number {
  let at = 0
  for (let passed = 0; passed < line; passed++) at = text.indexOf(LINE_FEED, at) + 1 || text.length
  return at
}
