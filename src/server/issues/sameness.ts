// Why two reports are one issue, in words, with what of them differs.

import { bareSymbol } from '../../core/decode/culprit.ts'
import type { Report } from '../../core/model.ts'
import { tellsApart } from './keys.ts'

export interface Sameness {
  same: string[]
  different: string[]
}

/** Frames that are compared. */
const FRAMES = 8

const functionsOf = ({ traces }: Report): string[] =>
  (traces?.[0]?.frames ?? [])
    .filter(({ reliable }) => reliable !== false)
    .flatMap(({ symbol }) => (symbol === undefined ? [] : [bareSymbol(symbol)]))
    .slice(0, FRAMES)

/** What is compared beside names and frames. To add one: a line. */
const others: readonly { what: string; of: (report: Report) => string | undefined }[] = [
  { what: 'kind', of: ({ kind }) => kind },
  { what: 'kernel', of: ({ kernel }) => kernel?.release },
  { what: 'hardware', of: ({ kernel }) => kernel?.hardware },
  { what: 'architecture', of: ({ arch }) => arch },
  { what: 'module', of: ({ pc }) => pc?.module },
  { what: 'task', of: ({ task }) => task?.comm },
]

export function samenessOf(one: Report, other: Report): Sameness {
  const same: string[] = []
  const different: string[] = []
  if (one.fingerprint === other.fingerprint) {
    same.push(`fingerprint ${one.fingerprint}: kind, title and the first functions of the trace`)
  } else different.push(`fingerprints ${one.fingerprint} and ${other.fingerprint}`)
  compareTitles(one, other, same, different)
  const [left, right] = [functionsOf(one), functionsOf(other)]
  const shared = left.filter(name => right.includes(name))
  if (shared.length > 0) same.push(`functions ${shared.join(', ')}`)
  const [onlyLeft, onlyRight] = [left, right].map(all => all.filter(name => !shared.includes(name)))
  if (onlyLeft!.length > 0) different.push(`only the first has ${onlyLeft!.join(', ')}`)
  if (onlyRight!.length > 0) different.push(`only the second has ${onlyRight!.join(', ')}`)
  for (const { what, of } of others) {
    const [a, b] = [of(one), of(other)]
    if (a === undefined || b === undefined) continue
    if (a === b) same.push(`${what} ${a}`)
    else different.push(`${what} ${a} and ${b}`)
  }
  return { same, different }
}

function compareTitles(one: Report, other: Report, same: string[], different: string[]): void {
  if (one.title === other.title) {
    const general = tellsApart(one.title) ? '' : ' (too general to make them one)'
    same.push(`title ${JSON.stringify(one.title)}${general}`)
    return
  }
  different.push(`titles ${JSON.stringify(one.title)} and ${JSON.stringify(other.title)}`)
  const known = other.altTitles.includes(one.title)
    ? one.title
    : one.altTitles.includes(other.title)
      ? other.title
      : undefined
  if (known !== undefined) same.push(`one is also known as ${JSON.stringify(known)}`)
}
