// Raw stack words: "Stack:" (x86, mips, powerpc before 2.6.2x…), "Stack: (0xc1234f50 to 0xc1236000)" (arm), "Stack from …" (m68k).

import type { EventLine } from '../detect/event.ts'
import type { Report } from '../model.ts'

type Stack = NonNullable<Report['stack']>

const MAX_WORDS = 1024

/** arch/arm/kernel/traps.c, dump_mem(): what a word that is not printed takes */
const BLANK_CELLS = 9

const opening =
  /^\s*(?:Raw )?Stack(?: from (?<from>[0-9a-f]{6,16}))?\s?: ?(?:\(0x(?<start>[0-9a-f]+) to 0x[0-9a-f]+\))?(?<rest>[ 0-9a-fx]*)$/
// "1f40: 00000000 c0123456 …" (arm: the low 16 bits of the address; blanks for words below the stack pointer),
// " 0000000000000000 ffff8880…"
const row =
  /^\s*(?:(?<address>[0-9a-f]{4,16}):)?(?<blank> {0,80}?) ?(?<words>(?:[0-9a-f]{8}(?:[0-9a-f]{8})?|\.{8})(?: (?:[0-9a-f]{8}(?:[0-9a-f]{8})?|\.{8}))*)\s*$/

/** The first raw stack dump of the report, its words as printed. */
export function readStack(lines: readonly EventLine[]): Stack | undefined {
  for (const [index, line] of lines.entries()) {
    if (line.item.is === 'frame' || !line.record.text.includes('tack')) continue
    const open = opening.exec(line.record.text)
    if (!open) continue
    const stack: Stack = { words: [] }
    const start = open.groups!['start'] ?? open.groups!['from']
    if (start !== undefined) stack.address = `0x${start}`
    addWords(stack, open.groups!['rest'] ?? '', undefined)
    for (let i = index + 1; i < lines.length && stack.words.length < MAX_WORDS; i++) {
      const match = row.exec(lines[i]!.record.text)
      if (!match) break
      const { words, address, blank } = match.groups!
      addWords(stack, words!, address, Math.floor((blank ?? '').length / BLANK_CELLS))
    }
    if (stack.words.length > 0) return stack
  }
  return undefined
}

function addWords(stack: Stack, text: string, address: string | undefined, missing = 0): void {
  let base = rowAddress(stack, address)
  if (base !== undefined) base += BigInt(missing * 4)
  for (const word of text.split(/\s+/)) {
    if (word === '') continue
    const bytes = word.length / 2
    if (word[0] !== '.') {
      const entry: Stack['words'][number] = { value: `0x${word}` }
      if (base !== undefined) entry.address = `0x${base.toString(16).padStart(word.length, '0')}`
      stack.words.push(entry)
    }
    if (base !== undefined) base += BigInt(bytes)
  }
}

/** ARM prints only the low half of a row's address. */
function rowAddress(stack: Stack, address: string | undefined): bigint | undefined {
  if (address === undefined) return undefined
  const low = BigInt(`0x${address}`)
  if (stack.address === undefined || address.length >= stack.address.length - 2) return low
  const mask = (1n << BigInt(address.length * 4)) - 1n
  return (BigInt(stack.address) & ~mask) | low
}
