// From files and options to one configuration, with what is wrong in them and where each value comes from.

import { type ConfigHost, configFiles, nodeConfigHost } from './files.ts'
import { type At, type IniItem, readIni } from './ini.ts'
import type { Key, Section } from './key.ts'
import { type Config, propertyOf, sections } from './keys.ts'
import { nearNames } from './near.ts'
import { formatValue, isList, type Value, ValueError, valueReaders } from './values.ts'

/** Something in a file that is not used. Nothing of it stops the agent: the rest holds, the default for this. */
export interface ConfigProblem {
  file: string
  line: number
  column: number
  message: string
}

/** Where a value comes from: files with lines (lists have several), an option, or the default. */
export interface Setting {
  section: string
  /** of a section that may come many times */
  instance?: string
  key: string
  /** as it would be written in a file; a list of words in one line */
  value: string
  /** the lines that would say it: several for 'lines', none where nothing is set */
  items: string[]
  from: string[]
  /** the lines themselves */
  assignments: Assignment[]
}

export interface ConfigResult {
  config: Config
  problems: ConfigProblem[]
  settings: Setting[]
  /** in the order in which they were read */
  files: string[]
}

export interface ReadOptions {
  host?: ConfigHost
  /** read only these, instead of those of the system */
  files?: readonly string[]
  /** values of the command's options, as text, by 'Section.Key'; they replace what files say. Throws ValueError. */
  overrides?: Readonly<Record<string, string | readonly string[]>>
}

/** One line that said something of a key. */
export interface Assignment {
  text: string
  /** file and line, or the option */
  from: string
  /** where the character with this offset in `text` stands; undefined for options */
  placeOf?: (offset: number) => { file: string; line: number; column: number }
}

interface Held {
  value: Value | undefined
  /** what makes it up: several for lists, none for the default */
  assignments: Assignment[]
}

/** The values of one section, or of one of the instances that it may have. */
class Values {
  readonly section: Section
  readonly instance: string | undefined
  readonly held = new Map<Key, Held>()
  constructor(section: Section, instance?: string) {
    this.section = section
    this.instance = instance
  }

  /** Lists append, other values replace, an empty one goes back to nothing (list) or the default. */
  set(key: Key, assignment: Assignment): void {
    const { text } = assignment
    if (text === '') {
      if (isList(key.type)) this.held.set(key, { value: [], assignments: [assignment] })
      else this.held.delete(key)
      return
    }
    const value = valueReaders[key.type].parse(text, key)
    const before = this.held.get(key)
    if (!isList(key.type) || before === undefined) this.held.set(key, { value, assignments: [assignment] })
    else {
      const all = [...(before.value as string[]), ...(value as string[])]
      this.held.set(key, { value: all, assignments: [...before.assignments, assignment] })
    }
  }

  get(key: Key): Held {
    return this.held.get(key) ?? { value: defaultOf(key), assignments: [] }
  }
}

/** The default; a list's first value in a file takes its place, others are added to that. */
function defaultOf(key: Key): Value | undefined {
  if (key.default === undefined) return isList(key.type) ? [] : undefined
  return valueReaders[key.type].parse(key.default, key)
}

const list = (names: readonly string[]): string => names.join(', ')
const meant = (names: readonly string[]): string => (names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`)

class Reader {
  readonly problems: ConfigProblem[] = []
  readonly values: Values[] = []
  readonly all: readonly Section[]
  constructor(all: readonly Section[]) {
    this.all = all
    for (const section of all) if (!section.named) this.values.push(new Values(section))
  }

  file(file: string, bytes: Uint8Array): void {
    let current: Values | 'unknown' | undefined
    for (const item of readIni(bytes)) {
      const problem = (message: string, { line, column }: At): void => {
        this.problems.push({ file, line, column, message })
      }
      if (item.what === 'problem') problem(`${item.message}.`, item.at)
      else if (item.what === 'section') current = this.#section(item, problem)
      else if (current === undefined) {
        const names = this.all.map(({ name }) => `[${name}]`)
        problem(`${item.key}= stands before any section. Put it under one of ${list(names)}.`, item.at)
        current = 'unknown'
      } else if (current !== 'unknown') assign(current, item, file, problem)
    }
  }

  #section(item: IniItem & { what: 'section' }, problem: (message: string, at: At) => void): Values | 'unknown' {
    const section = this.all.find(({ name }) => name === item.name)
    if (section === undefined) {
      const names = this.all.map(({ name }) => name)
      const near = nearNames(item.name, names).map(name => `[${name}]`)
      problem(`there is no section [${item.name}].${meant(near)} Sections are ${list(names)}.`, item.at)
      return 'unknown'
    }
    if (section.named && item.argument === undefined) {
      problem(`[${section.name}] needs a name: [${section.name} NAME].`, item.at)
      return 'unknown'
    }
    if (!section.named && item.argument !== undefined) {
      problem(`[${section.name}] takes no name; ${JSON.stringify(item.argument)} is not expected.`, item.at)
    }
    const instance = section.named ? item.argument : undefined
    const known = this.values.find(each => each.section === section && each.instance === instance)
    if (known !== undefined) return known
    const values = new Values(section, instance)
    this.values.push(values)
    return values
  }
}

function assign(
  values: Values,
  item: IniItem & { what: 'assignment' },
  file: string,
  problem: (message: string, at: At) => void,
): void {
  const { section } = values
  const key = section.keys.find(({ name }) => name === item.key)
  if (key === undefined) {
    const names = section.keys.map(({ name }) => name)
    const elsewhere = sections.filter(({ keys }) => keys.some(({ name }) => name === item.key)).map(each => each.name)
    const hint = elsewhere.length > 0 ? ` It belongs into [${list(elsewhere)}].` : meant(nearNames(item.key, names))
    problem(`[${section.name}] has no key ${JSON.stringify(item.key)}.${hint} Its keys are ${list(names)}.`, item.at)
    return
  }
  try {
    const placeOf = (offset: number) => ({ file, ...item.valueAt(offset) })
    values.set(key, { text: item.value, from: `${file}:${item.at.line}`, placeOf })
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    problem(
      `${key.name}: ${error.message}. Expected ${valueReaders[key.type].expects(key)}.`,
      item.valueAt(error.offset),
    )
  }
}

/**
 * Reads the configuration of this machine. Never throws for what stands in a file or for a file that cannot be read: these
 * are problems; only an override, which the user has just typed, throws ValueError.
 */
export function readConfig(options: ReadOptions = {}): ConfigResult {
  const { host = nodeConfigHost(), overrides = {} } = options
  const reader = new Reader(sections)
  const failed = (file: string, error: unknown): void => {
    reader.problems.push(unreadable(file, codeOf(error)))
  }
  const files = [...(options.files ?? configFiles(host, failed))]
  for (const file of files) {
    try {
      const bytes = host.read(file)
      if (bytes !== undefined) reader.file(file, bytes)
      else if (options.files) reader.problems.push(unreadable(file, 'ENOENT'))
    } catch (error) {
      failed(file, error)
    }
  }
  for (const [name, given] of Object.entries(overrides)) override(reader.values, name, given)
  return { config: configOf(reader.values), problems: reader.problems, settings: settingsOf(reader.values), files }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error
    ? String(error.code)
    : error instanceof Error
      ? error.message
      : String(error)

const unreadable = (file: string, code: string): ConfigProblem => ({
  file,
  line: 0,
  column: 0,
  message: `cannot be read: ${reasons[code] ?? code}`,
})

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file.',
  EACCES: 'no permission. Run as root, or choose another file.',
  ENOTDIR: 'it is no folder.',
  EISDIR: 'it is no regular file.',
  EFBIG: 'it is too big to be a configuration.',
}

/** What an option says takes the place of what files say. */
function override(all: readonly Values[], name: string, given: string | readonly string[]): void {
  const [sectionName, keyName] = name.split('.')
  const values = all.find(({ section, instance }) => section.name === sectionName && instance === undefined)
  const key = values?.section.keys.find(each => each.name === keyName)
  if (values === undefined || key === undefined) throw new Error(`no key ${name} in the table`)
  const from = key.option.split(' ')[0]!
  values.held.delete(key)
  for (const text of typeof given === 'string' ? [given] : given) {
    try {
      values.set(key, { text, from })
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      throw new ValueError(`${from}: ${error.message}. Expected ${valueReaders[key.type].expects(key)}.`)
    }
  }
}

function configOf(all: readonly Values[]): Config {
  const config: Record<string, unknown> = {}
  for (const section of sections as readonly Section[]) if (section.named) config[propertyOf(section.name)] = []
  for (const values of all) {
    const record: Record<string, unknown> = values.instance === undefined ? {} : { name: values.instance }
    for (const key of values.section.keys) record[propertyOf(key.name)] = values.get(key).value
    const property = propertyOf(values.section.name)
    if (values.section.named) (config[property] as unknown[]).push(record)
    else config[property] = record
  }
  return config as Config
}

const settingsOf = (all: readonly Values[]): Setting[] =>
  all.flatMap(values =>
    values.section.keys.map(key => {
      const { value, assignments } = values.get(key)
      const { instance } = values
      const text = formatValue(value, key)
      const from = assignments.length === 0 ? ['default'] : assignments.map(each => each.from)
      const items = key.type === 'lines' ? (value as string[]) : value === undefined ? [] : [text]
      const setting = { section: values.section.name, key: key.name, value: text, items, from, assignments }
      return instance === undefined ? setting : { ...setting, instance }
    }),
  )
