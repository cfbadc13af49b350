// Why two reports are one issue, in words, with what of them differs.

import { bareSymbol } from '../../core/decode/culprit.ts'
import type { Report } from '../../core/model.ts'
import { say } from '../../core/say.ts'
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

interface Compared {
  of(report: Report): string | undefined
  same(value: string): string
  different(one: string, other: string): string
}

/** What is compared beside names and frames. To add one: a row. */
const others: readonly Compared[] = [
  {
    of: ({ kind }) => kind,
    same: value => say`kind ${value}`,
    different: (one, other) => say`kind ${one} and ${other}`,
  },
  {
    of: ({ kernel }) => kernel?.release,
    same: value => say`kernel ${value}`,
    different: (one, other) => say`kernel ${one} and ${other}`,
  },
  {
    of: ({ kernel }) => kernel?.hardware,
    same: value => say`hardware ${value}`,
    different: (one, other) => say`hardware ${one} and ${other}`,
  },
  {
    of: ({ arch }) => arch,
    same: value => say`architecture ${value}`,
    different: (one, other) => say`architecture ${one} and ${other}`,
  },
  {
    of: ({ pc }) => pc?.module,
    same: value => say`module ${value}`,
    different: (one, other) => say`module ${one} and ${other}`,
  },
  {
    of: ({ task }) => task?.comm,
    same: value => say`task ${value}`,
    different: (one, other) => say`task ${one} and ${other}`,
  },
]

export function samenessOf(one: Report, other: Report): Sameness {
  const same: string[] = []
  const different: string[] = []
  if (one.fingerprint === other.fingerprint) {
    same.push(say`fingerprint ${one.fingerprint}: kind, title and the first functions of the trace`)
  } else different.push(say`fingerprints ${one.fingerprint} and ${other.fingerprint}`)
  compareTitles(one, other, same, different)
  const [left, right] = [functionsOf(one), functionsOf(other)]
  const shared = left.filter(name => right.includes(name))
  if (shared.length > 0) same.push(say`functions ${shared.join(', ')}`)
  const [onlyLeft, onlyRight] = [left, right].map(all => all.filter(name => !shared.includes(name)))
  if (onlyLeft!.length > 0) different.push(say`only the first has ${onlyLeft!.join(', ')}`)
  if (onlyRight!.length > 0) different.push(say`only the second has ${onlyRight!.join(', ')}`)
  for (const { of, same: alike, different: apart } of others) {
    const [a, b] = [of(one), of(other)]
    if (a === undefined || b === undefined) continue
    if (a === b) same.push(alike(a))
    else different.push(apart(a, b))
  }
  return { same, different }
}

function compareTitles(one: Report, other: Report, same: string[], different: string[]): void {
  if (one.title === other.title) {
    const title = JSON.stringify(one.title)
    same.push(tellsApart(one.title) ? say`title ${title}` : say`title ${title} (too general to make them one)`)
    return
  }
  different.push(say`titles ${JSON.stringify(one.title)} and ${JSON.stringify(other.title)}`)
  const known = other.altTitles.includes(one.title)
    ? one.title
    : one.altTitles.includes(other.title)
      ? other.title
      : undefined
  if (known !== undefined) same.push(say`one is also known as ${JSON.stringify(known)}`)
}
