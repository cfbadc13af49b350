// Where in fl.c each fault happens, by the marks that stand there.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** fl.c, line by line. */
export const moduleLines = readFileSync(join(import.meta.dirname, 'fl.c'), 'utf8').split('\n')

/** The line that is marked "at NAME", counted from 1. */
export function faultLine(name: string): number {
  const index = moduleLines.findIndex(line => line.includes(`/* at ${name} */`))
  if (index < 0) throw new Error(`no line of fl.c is marked "at ${name}"`)
  return index + 1
}
