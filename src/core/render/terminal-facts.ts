// Labelled lines on a terminal, long values continued under their start.

import type { Fact } from './headline.ts'
import type { Ink } from './ink.ts'
import { terminalSafe } from './safe.ts'
import { cellsOf } from './wording.ts'

/** A narrower terminal is treated as this wide; frames and registers are not torn for less. */
export const narrowest = 40
const labelCells = 10

/** "  at       fl_run+0x138/0x51a [fltrig]  src/fltrig.c:120", further lines of a long value under its start. */
export function factLines({ label, value, extra }: Fact, width: number, ink: Ink): string[] {
  const indent = labelCells + 2
  const head = `  ${ink('dim', label.padEnd(labelCells))}`
  const room = Math.max(narrowest / 2, width - indent)
  const main = wrap(terminalSafe(value), room)
  const addition = extra === undefined ? '' : terminalSafe(extra)
  const [first = '', ...rest] = main
  const pad = ' '.repeat(indent)
  if (addition === '') return [head + first, ...rest.map(line => pad + line)]
  if (rest.length === 0 && cellsOf(first) + 2 + cellsOf(addition) <= room) {
    return [`${head}${first}  ${ink('dim', addition)}`]
  }
  const below = wrap(addition, room).map(line => pad + ink('dim', line))
  return [head + first, ...rest.map(line => pad + line), ...below]
}

/** Breaks at spaces; a word longer than the line stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  let cells = 0
  for (const word of text.split(' ')) {
    const more = cellsOf(word)
    if (line !== '' && cells + 1 + more > width) {
      lines.push(line)
      line = word
      cells = more
    } else {
      line = line === '' ? word : `${line} ${word}`
      cells += more + (cells === 0 ? 0 : 1)
    }
  }
  return [...lines, line]
}
