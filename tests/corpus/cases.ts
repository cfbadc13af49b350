// Reads other people's kernel logs, and what they say should be found in them, from beside the checkout.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'

/** Beside the repository, never inside it: all but `lab` belongs to others. */
const corpusRoot = fileURLToPath(new URL('../../../shared/corpus', import.meta.url))

export interface Case<Expectation> {
  /** name of the two files, without extension, below the corpus folder */
  name: string
  /** the log, untouched */
  log: Uint8Array
  expectation: Expectation
}

/** Why a corpus cannot be judged here; undefined when it can. */
export function absent(corpus: string): string | undefined {
  if (existsSync(`${corpusRoot}/${corpus}`)) return undefined
  return `skipped: ../shared/corpus/${corpus} is not beside this checkout`
}

export function corpusFile(corpus: string, name: string): string {
  return `${corpusRoot}/${corpus}/${name}`
}

/** Every NAME.log of a corpus with its NAME.json, in order of names; `lab` has one more level of folders. */
export function* casesOf<Expectation>(corpus: string, schema: z.ZodType<Expectation>): Generator<Case<Expectation>> {
  const root = `${corpusRoot}/${corpus}`
  if (!existsSync(root)) return
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  const known = new Set(files)
  for (const file of files) {
    if (!file.endsWith('.json')) continue
    const name = file.slice(0, -'.json'.length)
    if (!known.has(`${name}.log`)) continue
    const expectation = schema.parse(JSON.parse(readFileSync(`${root}/${file}`, 'utf8')))
    yield { name, log: new Uint8Array(readFileSync(`${root}/${name}.log`)), expectation }
  }
}

/** A log as text: bytes that are not UTF-8 become U+FFFD, as in the reports. */
export function textOf(log: Uint8Array): string {
  return new TextDecoder().decode(log)
}
