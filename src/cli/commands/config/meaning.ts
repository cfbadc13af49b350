// What `config check` looks at beyond the table of keys: lines that have a language of their own, read by those who will
// read them later, and names of things that may not be there. What a single key can say by itself stands in its row
// of the table (`check`). To add one: a row below.

import { builtInCollectors } from '../../../agent/collectors/index.ts'
import type { ConfigHost } from '../../../agent/config/files.ts'
import { nearNames } from '../../../agent/config/near.ts'
import type { ConfigProblem, Setting } from '../../../agent/config/read.ts'
import { readWindowSetting } from '../../../agent/harvest/stores/window.ts'
import { readSource, SourceError, sources } from '../../../agent/sources/index.ts'

interface Mistake {
  message: string
  /** into the line */
  offset: number
}

type Look = (text: string, settings: readonly Setting[], host: ConfigHost) => Mistake[]

/** By section and key. */
const looks: Record<string, Look> = {
  'Watch.Source': text => {
    try {
      readSource(text)
      return []
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      const near = nearNames(
        text.replace(/:.*/s, ''),
        sources.map(({ name }) => name),
      )
      return [{ message: `${error.message}.${meant(near)}`, offset: 0 }]
    }
  },
  'Harvest.Window': text => {
    const setting = readWindowSetting(text)
    return typeof setting === 'string' ? [{ message: setting, offset: 0 }] : []
  },
  'Collect.Folder': text => (text.startsWith('/') ? [] : [{ message: 'expected an absolute path', offset: 0 }]),
  'Collect.Skip': (text, settings, host) => {
    const folders = settings.find(({ section, key }) => section === 'Collect' && key === 'Folder')?.items ?? []
    const names = [...builtInCollectors.map(({ name }) => name), ...folders.flatMap(folder => listed(host, folder))]
    return [...text.matchAll(/\S+/g)].flatMap(({ 0: word, index }) => {
      if (names.includes(word)) return []
      const message = `there is no collector ${JSON.stringify(word)}.${meant(nearNames(word, names))} There are ${names.join(', ')}.`
      return [{ message, offset: index }]
    })
  },
}

const meant = (names: readonly string[]): string => (names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`)

function listed(host: ConfigHost, folder: string): string[] {
  try {
    return host.list(folder)
  } catch {
    return []
  }
}

/** Lines that are written as the table wants them and mean nothing to those who use them. */
export function meaningless(settings: readonly Setting[], host: ConfigHost): ConfigProblem[] {
  return settings.flatMap(({ section, key, assignments }) =>
    assignments.flatMap(({ text, placeOf }) => {
      if (text === '' || placeOf === undefined) return []
      const mistakes = looks[`${section}.${key}`]?.(text, settings, host) ?? []
      return mistakes.map(({ message, offset }) => ({ ...placeOf(offset), message: `${key}: ${message}` }))
    }),
  )
}
