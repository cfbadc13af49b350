// Which row of the kinds table a line opens.

import { kindRows } from './kinds/index.ts'
import { NeedleIndex } from './needle-index.ts'
import type { KindRow } from './row.ts'

export interface Opening {
  row: KindRow
  groups: Record<string, string>
  /** offset of the header in the record's text; above 0 where other output ran into the line */
  at: number
}

/** Every literal that a header may hold: what the prefilter looks for. */
export const headerNeedles: readonly string[] = [...new Set(kindRows.flatMap(row => row.needles))]

/** The rows that a line with such a needle could open, in their order. */
const rowsByNeedle = new NeedleIndex(
  new Map(
    headerNeedles.map(needle => [
      needle,
      kindRows.flatMap((row, index) => (row.needles.includes(needle) ? [index] : [])),
    ]),
  ),
)

// Where a header may begin in the middle of a line. Machine-made shapes only; a letter, quote or '=' before it means prose,
// a command line, or a longer word (ODEBUG:, BIN_INFO:).
const inside =
  /(?<![\w"'`=/(.-])(?:BUG: |WARNING: |INFO: |watchdog: BUG|rcu: INFO|Kernel panic - |UBSAN: |PANIC: double fault|unregister_netdevice: |Internal error: |Unhandled fault: |SYZFAIL:)|(?<!["'`=/_(.-])(?:BUG: KASAN|BUG: unable to handle|[kK]ernel BUG at |general protection fault: |invalid opcode: |divide error: |Unable to handle kernel )/g

// What user space prints on the console of a machine under test, and boot messages with an alarming word.
const never =
  /^(?:-{2,}\[ end Kernel panic|Kernel command line: |Command line: |WARNING: (?:workqueue cpumask|[Tt]he mand mount|Unprivileged eBPF|fbcon: Driver|See https|kernel not compiled|\/etc\/|Unsupported flag)|INFO: (?:lockdep is turned|Stall ended|NMI handler|recovery required)|.{0,40}\buses (?:deprecated|wireless ext)|XFS \(\w+\): WARNING|EXT4-fs(?: \(\S+\))?: (?:INFO|WARNING))/

/** printk() prints no longer lines, and patterns need not look further (kernel/printk/printk.c, PRINTKRB_RECORD_MAX). */
const MAX_HEADER = 2048

function matchAt(line: string, at: number, candidates: readonly number[]): Opening | undefined {
  const text = line.slice(at, at + MAX_HEADER)
  for (const index of candidates) {
    const row = kindRows[index]!
    if (at > 0 && row.anywhere !== true) continue
    const match = row.opens.exec(text)
    if (!match) continue
    const groups: Record<string, string> = {}
    for (const name in match.groups) if (match.groups[name] !== undefined) groups[name] = match.groups[name]
    return { row, groups, at }
  }
  return undefined
}

/** The kind that this line opens, if any. */
export function openingOf(line: string): Opening | undefined {
  const candidates = rowsByNeedle.valuesIn(line)
  if (candidates === undefined) return undefined
  let start = 0
  while (start < line.length && line.charCodeAt(start) <= 0x20) start++
  const text = start === 0 ? line : line.slice(start)
  if (never.test(text)) return undefined
  const found = matchAt(text, 0, candidates)
  if (found) return found
  inside.lastIndex = 1
  for (let tries = 0; tries < 4; tries++) {
    const hit = inside.exec(text)
    if (!hit) return undefined
    const behind = matchAt(text, hit.index, candidates)
    if (behind) return behind
  }
  return undefined
}
