// NAME.probe: the words of a probe, one or several a line, as in a shell without its expansions; # begins a comment.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SpecError } from '../spec.ts'
import { presets } from './index.ts'

const MAX_BYTES = 64 * 1024

const word = /"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|(?<plain>[^\s"']+)/g

/** Words of a text: quotes as in a shell. */
export function wordsOf(text: string): string[] {
  return text
    .split('\n')
    .filter(line => !/^\s*#/.test(line))
    .flatMap(line => [...line.matchAll(word)])
    .map(({ groups = {} }) => groups['double']?.replace(/\\(.)/g, '$1') ?? groups['single'] ?? groups['plain'] ?? '')
}

/** By name from the folders or the built-in ones, or a path with a slash. Throws SpecError. */
export function presetWords(name: string, folders: readonly string[]): string[] {
  const paths = name.includes('/') ? [name] : folders.map(folder => join(folder, `${name}.probe`))
  for (const path of paths) {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (name.includes('/'))
        throw new SpecError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`)
      continue
    }
    if (text.length > MAX_BYTES) throw new SpecError(`${path} is larger than ${MAX_BYTES} bytes`)
    return wordsOf(text)
  }
  const preset = presets.find(each => each.name === name)
  if (preset === undefined)
    throw new SpecError(
      `no preset "${name}"; there are ${presets.map(each => each.name).join(', ')}, and files NAME.probe in ${folders.join(', ')}`,
    )
  return [...preset.words]
}
