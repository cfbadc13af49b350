// Where each source goes on after a restart, written after every piece that was looked at: so often that nothing may be
// waited for. One write(2) of one block of memory that the kernel keeps when this process dies; two files in turn, so that
// a torn one (the machine died, where the folder survives that) leaves the other.

import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { makeFoldersSync } from '../../node/make-folders.ts'
import type { Cursor } from '../sources/source.ts'

export interface Position {
  cursor: Cursor
  /** the routes have had so many records from there on */
  skip: number
}

export type Positions = Readonly<Record<string, Position>>

const names = ['positions.a', 'positions.b'] as const
/** Blanks fill a file to a multiple of this, so that a shorter text overwrites a longer one. */
const BLOCK_BYTES = 1024

export class PositionFile {
  private readonly descriptors: number[]
  private generation: number
  private longest = BLOCK_BYTES
  /** what was found, or saved last */
  saved: Positions

  /** Throws what Node throws when the folder cannot be made or written to. */
  constructor(folder: string) {
    makeFoldersSync(folder, 0o755)
    const read = names.map(name => readPositions(join(folder, name)))
    const newest = read.reduce((best, each) => (each.generation > best.generation ? each : best))
    this.generation = newest.generation
    this.saved = newest.positions
    this.descriptors = names.map(name => openSync(join(folder, name), constants.O_RDWR | constants.O_CREAT, 0o600))
  }

  save(positions: Positions): void {
    this.saved = positions
    this.generation++
    const text = `${JSON.stringify({ generation: this.generation, positions })}\n`
    const needed = Math.ceil(Buffer.byteLength(text) / BLOCK_BYTES) * BLOCK_BYTES
    this.longest = Math.max(this.longest, needed)
    const bytes = Buffer.alloc(this.longest, ' ')
    bytes.write(text)
    writeSync(this.descriptors[this.generation % 2]!, bytes, 0, bytes.length, 0)
  }

  close(): void {
    for (const descriptor of this.descriptors) closeSync(descriptor)
  }
}

function readPositions(path: string): { generation: number; positions: Positions } {
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as { generation?: unknown; positions?: unknown }
    const { generation, positions } = read
    if (Number.isSafeInteger(generation) && typeof positions === 'object' && positions !== null)
      return { generation: generation as number, positions: checked(positions as Record<string, unknown>) }
  } catch {
    // not there, or torn
  }
  return { generation: 0, positions: {} }
}

function checked(read: Record<string, unknown>): Positions {
  const out: Record<string, Position> = {}
  for (const [source, value] of Object.entries(read)) {
    const { cursor, skip } = (value ?? {}) as { cursor?: unknown; skip?: unknown }
    if (typeof cursor !== 'object' || cursor === null) continue
    const words = Object.entries(cursor).filter(([, word]) => typeof word === 'string' || typeof word === 'number')
    out[source] = { cursor: Object.fromEntries(words), skip: Number.isSafeInteger(skip) ? (skip as number) : 0 }
  }
  return out
}
