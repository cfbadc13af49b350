// What is mutated: logs of our own, cut into pieces small enough that a million of them can be decoded.

import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
/** Real crashes of a lab, beside the repository on the machine where it is made. */
const labFolder = join(root, '..', 'shared', 'corpus', 'lab')

const pieceLines = 15
const pieceStep = 9

export interface Log {
  /** path, from the repository */
  name: string
  bytes: Uint8Array
}

/** Whole logs: all fixtures, and the lab's where they are present. */
export function wholeLogs(): Log[] {
  const fixtures = globSync('{fixtures/**/*.log,bench/reports/*.txt}', { cwd: root }).sort()
  const lab = existsSync(labFolder) ? globSync('*/*.log', { cwd: labFolder }).sort() : []
  return [
    ...fixtures.map(name => ({ name, bytes: read(join(root, name)) })),
    ...lab.map(name => ({ name: `lab/${name}`, bytes: read(join(labFolder, name)) })),
  ]
}

export const labIsPresent = existsSync(labFolder)

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path))
}

/** Some lines of each place of each log. */
export function pieces(logs: readonly Log[]): Uint8Array[] {
  const all: Uint8Array[] = []
  for (const { bytes } of logs) {
    const starts = lineStarts(bytes)
    for (let first = 0; first < starts.length; first += pieceStep) {
      all.push(bytes.subarray(starts[first], starts[first + pieceLines] ?? bytes.length))
      if (first + pieceLines >= starts.length) break
    }
  }
  return all
}

/** Offsets at which lines begin. */
export function lineStarts(bytes: Uint8Array): number[] {
  const starts = bytes.length > 0 ? [0] : []
  for (let at = bytes.indexOf(10); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(10, at + 1)) starts.push(at + 1)
  return starts
}
