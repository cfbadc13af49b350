// The options of a target: `size=10M keep=5 compress=zstd`, each with its own form.

import type { Key } from '../config/key.ts'
import { ValueError, valueReaders } from '../config/values.ts'
import { formatNames } from './format.ts'

export class OptionError extends Error {
  /** which of the words it is about */
  word = 0
}

/** How one option's text is read; undefined where it is none such. */
interface OptionForm<T> {
  expects: string
  read(text: string): T | undefined
}

const count: OptionForm<number> = {
  expects: 'a number',
  read: text => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
}
/** As the same types are written elsewhere in the configuration. */
function configured<T>(type: 'size' | 'duration' | 'boolean'): OptionForm<T> {
  const key: Key = { name: '', type, option: '', doc: '' }
  const reader = valueReaders[type]
  return {
    expects: reader.expects(key),
    read(text) {
      try {
        return reader.parse(text, key) as T
      } catch (error) {
        if (error instanceof ValueError) return undefined
        throw error
      }
    },
  }
}
const sizeBytes = configured<number>('size')
const milliseconds = configured<number>('duration')
const yesNo = configured<boolean>('boolean')
const mode: OptionForm<number> = {
  expects: 'an octal mode such as 0640',
  read: text => (/^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined),
}
const name: OptionForm<string> = {
  expects: 'a name or a number',
  read: text => (/^[\w.-]{1,64}$/.test(text) ? text : undefined),
}
const path: OptionForm<string> = {
  expects: 'a path that begins with /',
  read: text => (text.startsWith('/') ? text : undefined),
}
const oneOf = <const T extends readonly string[]>(names: T): OptionForm<T[number]> => ({
  expects: `one of ${names.join(', ')}`,
  read: text => names.find(each => each === text),
})

/** Every option that a target can have. To add one: a row here, and its name in the list of the targets that take it. */
const forms = {
  format: oneOf(formatNames),
  repeat: yesNo,
  queue: count,
  size: sizeBytes,
  age: milliseconds,
  keep: count,
  compress: oneOf(['gzip', 'zstd', 'no']),
  mode,
  owner: name,
  group: name,
  sync: yesNo,
  framing: oneOf(['octet', 'line']),
  ca: path,
  cert: path,
  key: path,
  verify: yesNo,
  name: { expects: 'a host name', read: text => (/^[\w.:-]{1,253}$/.test(text) ? text : undefined) },
} satisfies Record<string, OptionForm<unknown>>

type Forms = typeof forms
export type OptionName = keyof Forms
export type RouteOptions = { [Name in OptionName]?: Forms[Name] extends OptionForm<infer T> ? T : never }

/** What every target takes. */
export const commonOptions: readonly OptionName[] = ['format', 'repeat', 'queue']

/** `words` are all that stand behind a target. Throws OptionError. */
export function readOptions(words: readonly string[], taken: readonly OptionName[], target: string): RouteOptions {
  const allowed: readonly OptionName[] = [...commonOptions, ...taken]
  const options: Record<string, unknown> = {}
  const refuse = (word: number, message: string): never => {
    throw Object.assign(new OptionError(message), { word })
  }
  for (const [index, word] of words.entries()) {
    const equals = word.indexOf('=')
    const key = equals < 0 ? word : word.slice(0, equals)
    if (equals < 0 || !(allowed as readonly string[]).includes(key)) {
      throw new OptionError(
        `"${word}" is no option of ${target}; it takes ${allowed.map(each => `${each}=`).join(' ')}`,
      )
    }
    const form = forms[key as OptionName]
    const value = form.read(word.slice(equals + 1))
    if (value === undefined) return refuse(index, `"${word}": ${form.expects} was expected`)
    options[key] = value
  }
  return options as RouteOptions
}
