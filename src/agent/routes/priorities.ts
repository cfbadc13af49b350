// Which facilities at which levels: `kern.err;mail.none`, as syslog.conf(5) has it.

import { facilityNames, facilityNumber, levelNames, levelNumber } from './names.ts'

/** For each facility the levels that are wanted, bit n = level n. */
export type PriorityMask = Uint8Array

const ALL_LEVELS = 0xff

export class SelectorError extends Error {
  /** which of the selector's words it is about */
  word = 0
}

/**
 * One or more of `FACILITY[,FACILITY…].LEVEL`, parted by ";", each changing what those before it chose. LEVEL is that
 * level and worse, `=LEVEL` that one alone, `!` takes away instead of adding, `*` all, `none` nothing. A facility alone
 * means all its levels, a level alone all facilities. Throws SelectorError.
 */
export function parsePriorities(text: string): PriorityMask {
  const mask = new Uint8Array(facilityNames.length)
  const parts = text.split(';').filter(part => part !== '')
  if (parts.length === 0) throw new SelectorError('a selector such as kern.err was expected, found nothing')
  for (const part of parts) applyPart(part, mask)
  return mask
}

function applyPart(part: string, mask: PriorityMask): void {
  const [facilities, level] = splitPart(part)
  const change = readLevel(level, part)
  for (const facility of facilities) {
    const before = mask[facility]!
    mask[facility] = change.takesAway ? before & ~change.levels : before | change.levels
  }
}

const allFacilities = facilityNames.map((_, number) => number)

function splitPart(part: string): [number[], string] {
  const dot = part.indexOf('.')
  if (dot >= 0) return [readFacilities(part.slice(0, dot), part), part.slice(dot + 1)]
  if (part === '*') return [allFacilities, '*']
  return levelNumber(part) !== undefined && !/^\d/.test(part)
    ? [allFacilities, part]
    : [readFacilities(part, part), '*']
}

function readFacilities(text: string, part: string): number[] {
  if (text === '*') return allFacilities
  return text.split(',').flatMap(name => {
    if (name === '*') return allFacilities
    const number = facilityNumber(name)
    if (number === undefined) {
      throw new SelectorError(
        `"${part}": ${name === '' ? 'a facility was expected' : `"${name}" is no facility`}; there are ${facilityNames.join(' ')} and *`,
      )
    }
    return [number]
  })
}

interface Change {
  levels: number
  takesAway: boolean
}

function readLevel(text: string, part: string): Change {
  const { exclude, exact, name } = /^(?<exclude>!?)(?<exact>=?)(?<name>.*)$/s.exec(text)!.groups as Record<
    string,
    string
  >
  const takesAway = exclude === '!'
  if (name === '*') return { levels: ALL_LEVELS, takesAway }
  // "none" takes away all; sysklogd reads "!none" as all, too
  if (name === 'none') return { levels: ALL_LEVELS, takesAway: !takesAway }
  const number = levelNumber(name!)
  if (number === undefined) {
    throw new SelectorError(
      `"${part}": ${name === '' ? 'a level was expected' : `"${name}" is no level`}; there are ${levelNames.join(' ')}, * and none`,
    )
  }
  return { levels: exact === '=' ? 1 << number : (2 << number) - 1, takesAway }
}

/** A selector that parses to this mask, as short as facilities of equal masks allow. */
export function showPriorities(mask: PriorityMask): string {
  const byLevels = new Map<number, string[]>()
  for (const [facility, levels] of mask.entries()) {
    byLevels.set(levels, [...(byLevels.get(levels) ?? []), facilityNames[facility]!])
  }
  const common = [...byLevels].sort(([, a], [, b]) => b.length - a.length)[0]!
  const parts = common[0] === 0 ? [] : showLevels('*', common[0])
  for (const [levels, names] of byLevels) {
    if (levels === common[0]) continue
    const facilities = names.join(',')
    if (common[0] !== 0) parts.push(`${facilities}.none`)
    if (levels !== 0) parts.push(...showLevels(facilities, levels))
  }
  return parts.length === 0 ? '*.none' : parts.join(';')
}

function showLevels(facilities: string, levels: number): string[] {
  if (levels === ALL_LEVELS) return [`${facilities}.*`]
  // a run from emerg down to one level has a name of its own; the others are said one by one
  if ((levels & (levels + 1)) === 0) return [`${facilities}.${levelNames[Math.log2(levels + 1) - 1]}`]
  return levelNames.flatMap((name, level) => (levels & (1 << level) ? [`${facilities}.=${name}`] : []))
}
