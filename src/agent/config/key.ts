// The shape of one section of faultline.conf and of its keys. To add a key: a row in its section's file in sections/.
// To add a section: its file there, and its name in keys.ts. Parser, `config check`, command options, the reference in
// docs/configuration.md and the manual page all follow from the rows.

/** How a value is written; values.ts has a reader for each. */
export type ValueType =
  | 'text'
  | 'path'
  | 'boolean'
  | 'integer'
  | 'size'
  | 'duration'
  | 'choice'
  /** words separated by blanks; a second line of the key appends */
  | 'words'
  /** one item a line: each line of the key appends */
  | 'lines'

export interface Key {
  /** as in the file: 'MaxSize'. In the configuration it is the property maxSize. */
  name: string
  type: ValueType
  /** as it would be written in the file; undefined: not set. A list is written as its items with blanks between. */
  default?: string
  /** what 'choice' and 'words' allow; any word without */
  values?: readonly string[]
  /** bounds of 'integer', 'size' (bytes) and 'duration' (ms), both inclusive */
  min?: number
  max?: number
  /** looks at a whole 'text', or item of 'lines'; throws ValueError for one that cannot be used */
  check?: (item: string) => void
  /** … and how it is written */
  expects?: string
  /** the command's option for it, as commander has it: '--max-size SIZE' */
  option: string
  /** One or two sentences, without the default and the allowed values, which the reference adds. */
  doc: string
}

export interface Section {
  /** as in the file: 'Spool'. In the configuration it is the property spool. */
  name: string
  doc: string
  /** The section may come many times, each with a name of its own: [Region nvram]. Then the property is a list. */
  named?: true
  keys: readonly Key[]
}

/** The value that a row describes: sizes in bytes, durations in ms. */
export type ValueOf<K extends Key> = K['type'] extends 'boolean'
  ? boolean
  : K['type'] extends 'integer' | 'size' | 'duration'
    ? number
    : K['type'] extends 'words' | 'lines'
      ? K extends { values: readonly (infer V)[] }
        ? V[]
        : string[]
      : K extends { type: 'choice'; values: readonly (infer V)[] }
        ? V
        : string

type Unset<K extends Key> = K extends { default: string }
  ? never
  : K['type'] extends 'words' | 'lines'
    ? never
    : undefined

export type ValuesOf<Keys extends readonly Key[]> = {
  [K in Keys[number] as Uncapitalize<K['name']>]: ValueOf<K> | Unset<K>
}

export type ConfigOf<Sections extends readonly Section[]> = {
  [S in Sections[number] as Uncapitalize<S['name']>]: S extends { named: true }
    ? ({ name: string } & ValuesOf<S['keys']>)[]
    : ValuesOf<S['keys']>
}
