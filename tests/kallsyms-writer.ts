// The tables that scripts/kallsyms.c writes, in every layout that kernels have had, for the tests of their reader.

import type { AddressForm } from '../src/core/formats/kallsyms/addresses.ts'

export interface WrittenSymbol {
  address: bigint
  type: string
  name: string
}

export interface Layout {
  name: string
  wordBytes: 4 | 8
  order: 'little' | 'big'
  form: AddressForm
  /** offsets behind the tokens, as from v6.4 on */
  offsetsLast?: true
  /** kallsyms_num_syms and kallsyms_markers are words, as before v4.20 */
  wideCounts?: true
  /** bytes of each entry of kallsyms_seqs_of_names, from v6.2 on */
  sequenceBytes?: 3 | 4
  /** lengths of two bytes, from v6.1 on */
  big?: true
}

export const layouts: readonly Layout[] = [
  { name: 'v2.6.10, 64 bit', wordBytes: 8, order: 'little', form: 'absolute', wideCounts: true },
  { name: 'v2.6.10, 64 bit, big endian', wordBytes: 8, order: 'big', form: 'absolute', wideCounts: true },
  { name: 'v2.6.10, 32 bit', wordBytes: 4, order: 'little', form: 'absolute', wideCounts: true },
  { name: 'v2.6.10, 32 bit, big endian', wordBytes: 4, order: 'big', form: 'absolute', wideCounts: true },
  { name: 'v4.6, 64 bit', wordBytes: 8, order: 'little', form: 'relative', wideCounts: true },
  { name: 'v4.6, 64 bit, big endian', wordBytes: 8, order: 'big', form: 'relative', wideCounts: true },
  { name: 'v4.6, x86-64', wordBytes: 8, order: 'little', form: 'relative, absolute per-CPU', wideCounts: true },
  { name: 'v4.20, 32 bit', wordBytes: 4, order: 'little', form: 'relative' },
  { name: 'v4.20, 32 bit, big endian', wordBytes: 4, order: 'big', form: 'relative' },
  { name: 'v4.20, 64 bit, big endian', wordBytes: 8, order: 'big', form: 'relative' },
  { name: 'v6.1, x86-64', wordBytes: 8, order: 'little', form: 'relative, absolute per-CPU', big: true },
  { name: 'v6.2-rc1', wordBytes: 8, order: 'little', form: 'relative', big: true, sequenceBytes: 4 },
  { name: 'v6.2, 32 bit', wordBytes: 4, order: 'little', form: 'relative', big: true, sequenceBytes: 3 },
  { name: 'v6.2, big endian', wordBytes: 8, order: 'big', form: 'relative', big: true, sequenceBytes: 3 },
  {
    name: 'v6.4, x86-64',
    wordBytes: 8,
    order: 'little',
    form: 'relative, absolute per-CPU',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
  {
    name: 'v6.4, 32 bit',
    wordBytes: 4,
    order: 'little',
    form: 'relative',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
  {
    name: 'v6.4, big endian',
    wordBytes: 8,
    order: 'big',
    form: 'relative',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
  {
    name: 'v6.4, no base',
    wordBytes: 8,
    order: 'little',
    form: 'absolute',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
  {
    name: 'v7.0',
    wordBytes: 8,
    order: 'little',
    form: 'self-relative',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
  {
    name: 'v7.0, big endian',
    wordBytes: 8,
    order: 'big',
    form: 'self-relative',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
  {
    name: 'v7.0, 32 bit',
    wordBytes: 4,
    order: 'little',
    form: 'absolute',
    big: true,
    sequenceBytes: 3,
    offsetsLast: true,
  },
]

/** Bytes in both orders and any width, with places that are aligned as .balign does it. */
class Assembler {
  readonly #bytes: number[] = []
  readonly #little: boolean

  constructor(order: 'little' | 'big') {
    this.#little = order === 'little'
  }

  get at(): number {
    return this.#bytes.length
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  number(value: bigint | number, width: number): void {
    let rest = BigInt.asUintN(width * 8, BigInt(value))
    const bytes: number[] = []
    for (let i = 0; i < width; i++) {
      bytes.push(Number(rest & 0xffn))
      rest >>= 8n
    }
    this.#bytes.push(...(this.#little ? bytes : bytes.reverse()))
  }

  text(text: string): void {
    for (const letter of text) this.#bytes.push(letter.charCodeAt(0))
  }

  align(unit: number): void {
    while (this.#bytes.length % unit !== 0) this.#bytes.push(0)
  }

  append(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#bytes.push(byte)
  }
}

/** All letters that are used, then pairs that are frequent in names, then tokens without text. */
function tokensFor(symbols: readonly WrittenSymbol[]): string[] {
  const letters = new Set(symbols.flatMap(({ type, name }) => [...`${type}${name}`]))
  const tokens = Array.from({ length: 256 }, (_, i) =>
    letters.has(String.fromCharCode(i)) ? String.fromCharCode(i) : '',
  )
  const pairs = [
    '__',
    'de',
    'vice_',
    'func',
    'tion',
    'in',
    'it',
    'ree',
    'get_',
    'put_',
    'irq',
    't',
    'T',
    'lock',
    'un',
    're',
  ]
  for (const pair of pairs) {
    const free = tokens.indexOf('')
    if ([...pair].every(letter => letters.has(letter))) tokens[free] = pair
  }
  // As the real tool goes on until nothing is gained, most tables have no token left.
  for (const { name } of symbols) {
    const free = tokens.indexOf('')
    if (free < 0) break
    if (name.length > 4) tokens[free] = name.slice(0, 4)
  }
  return tokens
}

function packName(text: string, tokens: readonly string[]): number[] {
  const packed: number[] = []
  for (let at = 0; at < text.length; ) {
    let best = text.charCodeAt(at)
    for (let i = 0; i < 256; i++) {
      if (tokens[i]!.length > tokens[best]!.length && text.startsWith(tokens[i]!, at)) best = i
    }
    packed.push(best)
    at += tokens[best]!.length
  }
  return packed
}

export interface Written {
  image: Uint8Array
  /** offset of the table of addresses or offsets */
  table: number
  /** offset of kallsyms_relative_base, where there is one */
  base?: number
}

export interface Surroundings {
  before?: Uint8Array
  after?: Uint8Array
  imageAddress?: bigint
}

/**
 * An image with `before` in front of the tables and `after` behind them. Symbols must be sorted by address. The address
 * of the image's first byte is `imageAddress`.
 */
export function writeKallsyms(
  symbols: readonly WrittenSymbol[],
  layout: Layout,
  { before = new Uint8Array(64), after = new Uint8Array(64), imageAddress = 0n }: Surroundings = {},
): Written {
  const out = new Assembler(layout.order)
  const { wordBytes } = layout
  const countBytes = layout.wideCounts ? wordBytes : 4
  const tokens = tokensFor(symbols)
  const lowest = symbols.find(({ address }) => address >= 0x10000n)!.address
  const places: { table?: number; base?: number } = {}

  const addresses = (): void => {
    out.align(wordBytes)
    places.table = out.at
    for (const { address } of symbols) {
      if (layout.form === 'absolute') out.number(address, wordBytes)
      else if (layout.form === 'relative') out.number(address - lowest, 4)
      else if (layout.form === 'self-relative') out.number(address - (imageAddress + BigInt(out.at)), 4)
      else out.number(address < 0x10000n ? address : lowest - address - 1n, 4)
    }
    if (!layout.form.startsWith('relative')) return
    out.align(wordBytes)
    places.base = out.at
    out.number(lowest, wordBytes)
  }

  out.append(before)
  if (!layout.offsetsLast) addresses()
  out.align(wordBytes)
  out.number(symbols.length, countBytes)
  out.align(wordBytes)
  const names = out.at
  const markers: number[] = []
  for (const [i, { type, name }] of symbols.entries()) {
    if (i % 256 === 0) markers.push(out.at - names)
    const packed = packName(`${type}${name}`, tokens)
    if (packed.length > 0x7f && layout.big) out.append([(packed.length & 0x7f) | 0x80, packed.length >> 7])
    else out.append([packed.length])
    out.append(packed)
  }
  out.align(wordBytes)
  for (const marker of markers) out.number(marker, countBytes)
  if (layout.sequenceBytes !== undefined) {
    out.align(wordBytes)
    const order = [...symbols.keys()].sort((a, b) => (symbols[a]!.name < symbols[b]!.name ? -1 : 1))
    // Three bytes begin with the highest in either byte order.
    for (const sequence of order) {
      if (layout.sequenceBytes === 4) out.number(sequence, 4)
      else out.append([sequence >> 16, (sequence >> 8) & 0xff, sequence & 0xff])
    }
  }
  out.align(wordBytes)
  const starts: number[] = []
  const table = out.at
  for (const token of tokens) {
    starts.push(out.at - table)
    out.text(`${token}\0`)
  }
  out.align(wordBytes)
  for (const start of starts) out.number(start, 2)
  out.align(wordBytes)
  if (layout.offsetsLast) addresses()
  out.append(after)
  return { image: out.bytes, table: places.table!, ...(places.base === undefined ? {} : { base: places.base }) }
}
