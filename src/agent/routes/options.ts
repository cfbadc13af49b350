// The options of a target: `size=10M keep=5 compress=zstd`, each with its own form.

import { formatNames } from './format.ts'

export class OptionError extends Error {}

/** How one option's text is read; throws OptionError. */
interface OptionForm<T> {
  expects: string
  read(text: string): T | undefined
}

const KIB = 1024
const sizeUnits: Record<string, number> = { '': 1, K: KIB, M: KIB ** 2, G: KIB ** 3, T: KIB ** 4 }
const timeUnits: Record<string, number> = { '': 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 }

const count: OptionForm<number> = {
  expects: 'a number',
  read: text => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
}
const sizeBytes: OptionForm<number> = {
  expects: 'a size such as 512K, 10M or 1G',
  read(text) {
    const found = /^(\d{1,12})([KMGT]?)(?:i?B)?$/i.exec(text)
    return found === null ? undefined : Number(found[1]) * sizeUnits[found[2]!.toUpperCase()]!
  },
}
const seconds: OptionForm<number> = {
  expects: 'a time such as 30s, 12h, 1d or 2w',
  read(text) {
    const found = /^(\d{1,9})(s|m|min|h|d|w|)$/.exec(text)
    return found === null ? undefined : Number(found[1]) * timeUnits[found[2]!]!
  },
}
const yesNo: OptionForm<boolean> = {
  expects: 'yes or no',
  read: text => (/^(?:yes|true|on|1)$/i.test(text) ? true : /^(?:no|false|off|0)$/i.test(text) ? false : undefined),
}
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
  age: seconds,
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
  for (const word of words) {
    const equals = word.indexOf('=')
    const key = equals < 0 ? word : word.slice(0, equals)
    if (equals < 0 || !(allowed as readonly string[]).includes(key)) {
      throw new OptionError(
        `"${word}" is no option of ${target}; it takes ${allowed.map(each => `${each}=`).join(' ')}`,
      )
    }
    const form = forms[key as OptionName]
    const value = form.read(word.slice(equals + 1))
    if (value === undefined) throw new OptionError(`"${word}": ${form.expects} was expected`)
    options[key] = value
  }
  return options as RouteOptions
}
