// Patterns of many alternatives, found by the first letter of a line: only those are tried that can begin with it.

/** The patterns of a table that may match a line, narrowed to the alternatives that can begin with its first letter. */
export interface Candidates<T> {
  /** one look tells whether any of them matches */
  any: RegExp
  each: readonly { pattern: RegExp; value: T }[]
}

/** Looks up the candidates for a line whose first character that is no blank stands at `first`. */
export type FirstLetterTable<T> = (line: string, first: number) => Candidates<T>

/** Only ASCII is told apart; a line that begins with anything else may match any pattern. */
const ASCII = 128
const OTHER = 0

/**
 * A table of patterns, in the order of `rows`. Each begins with '^', has no flags, and is asked only whether it
 * matches: its groups are not all there any more.
 */
export function firstLetterTable<T>(rows: readonly (readonly [RegExp, T])[]): FirstLetterTable<T> {
  const tables = rows.map(([pattern, value]) => ({ value, ...alternativesOf(pattern.source) }))
  const narrow = (letter: number): Candidates<T> => {
    const each = tables.flatMap(({ value, head, alternatives }) => {
      const fitting = alternatives.filter(({ start }) => letter === OTHER || start.blank || start.letters.has(letter))
      const sources = fitting.map(({ source }) => source).join('|')
      return fitting.length === 0
        ? []
        : [{ pattern: new RegExp(head === '' ? sources : `${head}(?:${sources})`), value }]
    })
    const sources = each.map(({ pattern }) => pattern.source).join('|')
    return { any: each.length === 0 ? never : new RegExp(sources), each }
  }
  const byLetter: (Candidates<T> | undefined)[] = new Array(ASCII).fill(undefined)
  return (line, first) => {
    const code = line.charCodeAt(first)
    const letter = code > 0x20 && code < ASCII ? code : OTHER
    return (byLetter[letter] ??= narrow(letter))
  }
}

const never = /(?!)/

/** How a match can begin: with which letters, and whether it can consist of blanks or nothing. */
interface Start {
  letters: ReadonlySet<number>
  blank: boolean
}

/** One alternative of a pattern or group. */
interface Sequence {
  source: string
  start: Start
  /** the group that it ends with, if it does: what stands before it, and its alternatives */
  tail?: { head: string; start: Start; alternatives: Sequence[] }
}

/** "^\s*(?:a|b|c)": what stands before the alternatives, and each of them. */
function alternativesOf(source: string): { head: string; alternatives: Sequence[] } {
  const sequences = new PatternReader(source).alternatives()
  const tail = sequences.length === 1 ? sequences[0]!.tail : undefined
  if (tail === undefined) return { head: '', alternatives: sequences }
  const alternatives = tail.alternatives.map(each => ({ ...each, start: follow(tail.start, each.start) }))
  return { head: tail.head, alternatives }
}

const letters = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const start = (found: Iterable<number>, blank = false): Start => ({ letters: new Set(found), blank })

const blank = start([], true)
const any = start(letters(0x21, ASCII - 1), true)
const digit = start(letters(0x30, 0x39))
const word = start([...digit.letters, ...letters(0x41, 0x5a), 0x5f, ...letters(0x61, 0x7a)])

const either = (one: Start, other: Start): Start => start([...one.letters, ...other.letters], one.blank || other.blank)
const follow = (one: Start, other: Start): Start =>
  one.blank ? start([...one.letters, ...other.letters], other.blank) : one

/** Reads as much of a pattern's syntax as tells how its matches begin; what it does not know begins with anything. */
class PatternReader {
  private at = 0
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  /** Up to the end, or to the parenthesis that closes the group. */
  alternatives(): Sequence[] {
    const found = [this.sequence()]
    while (this.take('|')) found.push(this.sequence())
    return found
  }

  private sequence(): Sequence {
    const from = this.at
    let begins = blank
    let tail: Sequence['tail']
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')') {
      const head = this.source.slice(from, this.at)
      const alternatives = this.group()
      const atom = alternatives?.map(each => each.start).reduce(either) ?? this.character()
      const optional = this.quantifier()
      tail = alternatives && optional === undefined ? { head, start: begins, alternatives } : undefined
      begins = follow(begins, optional === true ? either(atom, blank) : atom)
    }
    const sequence: Sequence = { source: this.source.slice(from, this.at), start: begins }
    return tail === undefined ? sequence : { ...sequence, tail }
  }

  /** The alternatives of the group that begins here, if one does. */
  private group(): Sequence[] | undefined {
    if (!this.take('(')) return undefined
    const look = this.match(/\?<?[=!]/y)
    if (look === undefined) this.match(/\?:|\?<\w+>/y)
    const found = this.alternatives()
    this.take(')')
    // what is looked for ahead or behind is no part of the match
    return look === undefined ? found : [{ source: '', start: blank }]
  }

  private character(): Start {
    const set = this.match(/\[(?:\\.|[^\]\\])*\]/sy)
    if (set !== undefined) return startOfSet(set)
    const escaped = this.match(/\\./sy)
    if (escaped !== undefined) return startOfEscape(escaped[1]!)
    const plain = this.source[this.at++]!
    if (plain === '^') return blank
    if (plain === '$' || plain === '.') return any
    return startOfLetter(plain)
  }

  /** Undefined without a quantifier; else whether what stands before it may be missing. */
  private quantifier(): boolean | undefined {
    const found = this.match(/(?:[?*+]|\{\d+(?:,\d*)?\})\??/y)
    return found === undefined ? undefined : /^(?:[?*]|\{0)/.test(found)
  }

  private take(letter: string): boolean {
    if (this.source[this.at] !== letter) return false
    this.at++
    return true
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.source)?.[0]
    this.at += found?.length ?? 0
    return found
  }
}

const startOfLetter = (letter: string): Start => (letter > ' ' ? start([letter.charCodeAt(0)]) : blank)

function startOfEscape(letter: string): Start {
  if (letter === 'd') return digit
  if (letter === 'w') return word
  if (letter === 's' || letter === 't' || letter === 'b') return blank
  return /\w/.test(letter) ? any : startOfLetter(letter)
}

/** "[a-z_]" */
function startOfSet(set: string): Start {
  const inner = set.slice(1, -1)
  if (inner.startsWith('^')) return any
  let found = start([])
  for (const [part, from, to] of inner.matchAll(/\\.|([^\\])-([^\\])|[^\\]/gs)) {
    const one = from === undefined ? undefined : letters(from.charCodeAt(0), to!.charCodeAt(0))
    found = either(found, one ? start(one) : part.length > 1 ? startOfEscape(part[1]!) : startOfLetter(part))
  }
  return found
}
