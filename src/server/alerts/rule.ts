// When somebody is told, and of which reports.

import { z } from 'zod'
import { severityNames } from '../../core/vocabulary.ts'

/** To add one: a name here, and in raise.ts or dead.ts what makes it come. */
export const occasions = ['new-issue', 'regression', 'match', 'rate', 'host-dead'] as const
export type Occasion = (typeof occasions)[number]

const text = z.string().min(1).max(300)

/** All that is given must hold. */
export const filterSchema = z.strictObject({
  issue: z.string().max(64).optional().describe('its id'),
  kind: text.optional(),
  severity: z.array(z.enum(severityNames)).min(1).optional().describe('one of them'),
  fatal: z.boolean().optional(),
  release: text.optional().describe('the kernel’s, or its beginning followed by *'),
  host: text.optional().describe('its name, or its beginning followed by *'),
  module: text.optional(),
  title: text.optional().describe('words that are in it, in any case of letters'),
})

export type Filter = z.output<typeof filterSchema>

/** What rules and silences look at. */
export interface Subject {
  issue: string
  kind: string
  severity: string
  fatal: boolean
  title: string
  host: string
  release?: string | undefined
  module?: string | undefined
}

const nameHas = (wanted: string, name: string | undefined): boolean =>
  name !== undefined && (wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted)

/** A test for each key of a filter. */
const tests: { [Key in keyof Filter]-?: (wanted: NonNullable<Filter[Key]>, subject: Subject) => boolean } = {
  issue: (wanted, { issue }) => wanted === issue,
  kind: (wanted, { kind }) => wanted === kind,
  severity: (wanted, { severity }) => (wanted as readonly string[]).includes(severity),
  fatal: (wanted, { fatal }) => wanted === fatal,
  release: (wanted, { release }) => nameHas(wanted, release),
  host: (wanted, { host }) => nameHas(wanted, host),
  module: (wanted, { module }) => wanted === module,
  title: (wanted, { title }) => title.toLowerCase().includes(wanted.toLowerCase()),
}

export const matches = (filter: Filter, subject: Subject): boolean =>
  (Object.keys(tests) as (keyof Filter)[]).every(key => {
    const wanted = filter[key]
    return wanted === undefined || tests[key](wanted as never, subject)
  })
