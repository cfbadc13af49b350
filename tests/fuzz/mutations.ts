// Damage that logs really suffer (torn, interleaved, wrapped, cut, overwritten), and what only an attacker would write.

import type { Random } from '../random.ts'
import { transports } from '../transports.ts'
import { lineStarts } from './seeds.ts'

/** Larger inputs are cut: the number of inputs is what counts. */
const maxBytes = 3000
/** Now and then one is longer than any bound on a line. */
const longLineBytes = 150_000

type Mutation = (bytes: Uint8Array, random: Random, pieces: readonly Uint8Array[]) => Uint8Array

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function replaced(bytes: Uint8Array, start: number, end: number, text: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, start), text, bytes.subarray(end))
}

function range(bytes: Uint8Array, random: Random, most: number): [start: number, end: number] {
  const start = random.below(bytes.length + 1)
  return [start, Math.min(bytes.length, start + random.below(most + 1))]
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const starts = lineStarts(bytes)
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length))
}

const newline = Uint8Array.of(10)

/** Words that mean something to some stage. */
const tokens = [
  'BUG: ',
  'WARNING: ',
  'Oops: 0002 [#1] SMP',
  'Kernel panic - not syncing: ',
  '------------[ cut here ]------------\n',
  '---[ end trace 0000000000000000 ]---\n',
  'Call Trace:\n',
  ' <IRQ>\n',
  ' </TASK>\n',
  '[<ffffffff81234567>] ',
  '+0x1f/0x20 ',
  '? ',
  'RIP: 0010:',
  'Code: 0f 0b <0f> 0b',
  'Modules linked in: ',
  'CPU: 0 PID: 1 Comm: ',
  'Linux version 6.1.0',
  '<4>',
  '[    1.000000] ',
  '[  T123] ',
  'Nov 12 03:04:05 host kernel: ',
  '{"MESSAGE":"',
  '__CURSOR=',
  'MESSAGE\n',
  '6,1,2,-;',
  'ncfrag=0/999;',
  'Panic#1 Part1\n',
  '** 12 printk messages dropped **',
  '=3D=\n',
  '&lt;&amp;&#x27;',
  '\\x0a\\n\\u0000',
  '> > > ',
  '</pre><script>',
  'constructor __proto__ toString',
]

/** Bytes that no text has. */
const strangeBytes: readonly (readonly number[])[] = [
  [0],
  [0, 0, 0, 0],
  [0x1b, 0x5b, 0x33, 0x31, 0x6d],
  [0x1b, 0x5d, 0x30, 0x3b],
  [0x1b],
  [0x9b],
  [13],
  [13, 13, 10],
  [8, 8, 8],
  [9],
  [0xff],
  [0xfe, 0xff],
  [0xef, 0xbb, 0xbf],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x80, 0xa8],
  [0xe2, 0x80, 0xae],
  [10],
  [10, 10, 10, 10],
]

const mutations: Readonly<Record<string, Mutation>> = {
  flipBits(bytes, random) {
    const out = bytes.slice()
    for (let count = random.between(1, 8); count > 0 && out.length > 0; count--) {
      const at = random.below(out.length)
      out[at]! ^= 1 << random.below(8)
    }
    return out
  },
  overwrite(bytes, random) {
    const out = bytes.slice()
    const [start, end] = range(out, random, 40)
    for (let at = start; at < end; at++) out[at] = random.below(256)
    return out
  },
  cutOut: (bytes, random) => replaced(bytes, ...range(bytes, random, 300), new Uint8Array(0)),
  cutStart: (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  cutEnd: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  repeatPart(bytes, random) {
    const [start, end] = range(bytes, random, 200)
    const copies = Array.from({ length: random.between(2, 6) }, () => bytes.subarray(start, end))
    return replaced(bytes, start, end, joined(...copies))
  },
  repeatLine(bytes, random) {
    const lines = linesOf(bytes)
    if (lines.length === 0) return bytes
    const at = random.below(lines.length)
    const copies = Array.from({ length: random.between(2, 25) }, () => lines[at]!)
    return joined(...lines.slice(0, at), ...copies, ...lines.slice(at))
  },
  shuffleLines(bytes, random) {
    const lines = linesOf(bytes)
    for (let count = random.between(1, 6); count > 0 && lines.length > 1; count--) {
      const [line] = lines.splice(random.below(lines.length), 1)
      lines.splice(random.below(lines.length + 1), 0, line!)
    }
    return joined(...lines)
  },
  dropLines: (bytes, random) => joined(...linesOf(bytes).filter(() => random.below(5) > 0)),
  interleave(bytes, random, pieces) {
    const [mine, theirs] = [linesOf(bytes), linesOf(random.pick(pieces))]
    const out: Uint8Array[] = []
    while (mine.length + theirs.length > 0) {
      const from = theirs.length === 0 || (mine.length > 0 && random.below(2) === 0) ? mine : theirs
      out.push(...from.splice(0, random.between(1, 3)))
    }
    return joined(...out)
  },
  splice(bytes, random, pieces) {
    const other = random.pick(pieces)
    return joined(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)))
  },
  /** Two CPUs write at once: a line runs into another one. */
  tear(bytes, random, pieces) {
    const at = random.below(bytes.length + 1)
    return replaced(bytes, at, at, random.pick(linesOf(random.pick(pieces))) ?? newline)
  },
  insertToken(bytes, random) {
    const at = random.below(bytes.length + 1)
    return replaced(bytes, at, at, encoder.encode(random.pick(tokens)))
  },
  insertStrange(bytes, random) {
    let out = bytes
    for (let count = random.between(1, 4); count > 0; count--) {
      const at = random.below(out.length + 1)
      out = replaced(out, at, at, Uint8Array.from(random.pick(strangeBytes)))
    }
    return out
  },
  hugeNumber(bytes, random) {
    const at = bytes.findIndex((byte, index) => index >= random.below(bytes.length) && byte >= 48 && byte <= 57)
    if (at < 0) return bytes
    const digit = random.pick(['9', '0', 'f', '-9', '9.', '1e'])
    return replaced(bytes, at, at + 1, encoder.encode(digit.repeat(random.between(1, 200))))
  },
  repeatByte(bytes, random) {
    const at = random.below(bytes.length + 1)
    const count = random.below(200) === 0 ? longLineBytes : random.between(1, 1200)
    return replaced(bytes, at, at, new Uint8Array(count).fill(random.pick([32, 45, 46, 40, 91, 60, 48, 97, 9, 0, 255])))
  },
  joinLines(bytes, random) {
    const out = bytes.slice()
    for (let count = random.between(1, 10); count > 0; count--) {
      const at = out.indexOf(10, random.below(out.length))
      if (at >= 0) out[at] = random.pick([32, 13, 0])
    }
    return out
  },
  carriageReturns(bytes, random) {
    const lines = linesOf(bytes)
    const end = random.pick([Uint8Array.of(13, 10), Uint8Array.of(13), Uint8Array.of(13, 13, 10)])
    return joined(...lines.flatMap(line => [line.at(-1) === 10 ? line.subarray(0, -1) : line, end]))
  },
  wrap(bytes, random) {
    const width = random.pick([40, 72, 78, 80, 100, 132])
    const out: Uint8Array[] = []
    for (const line of linesOf(bytes)) {
      for (let at = 0; at < line.length; at += width) {
        const part = line.subarray(at, at + width)
        out.push(part)
        if (at + width < line.length) out.push(newline)
      }
    }
    return joined(...out)
  },
  transport(bytes, random) {
    const text = decoder.decode(bytes)
    // They write real times: one that a mutation has made endless is no date.
    return /\[ *\d{9}/.test(text) ? bytes : random.pick(Object.values(transports))(text)
  },
}

const names = Object.keys(mutations)

/** One input: a piece with one to five kinds of damage. */
export function mutated(random: Random, pieces: readonly Uint8Array[]): Uint8Array {
  let bytes = random.pick(pieces)
  for (let count = random.between(1, 5); count > 0; count--) {
    bytes = mutations[random.pick(names)]!(bytes, random, pieces)
    if (bytes.length > maxBytes && bytes.length < longLineBytes) bytes = bytes.subarray(0, maxBytes)
  }
  return bytes
}
