// One line of configuration as a route: SELECTOR [CONDITION…] TARGET [OPTION=VALUE…].

import { OptionError, type RouteOptions, readOptions } from './options.ts'
import { isCondition, parseSelector, type Selector, SelectorError } from './selector.ts'
import { targetKinds } from './targets/index.ts'
import { type OpenChannel, TargetError } from './targets/target.ts'
import { splitWords, WordError } from './words.ts'

export interface Route {
  /** as it was written */
  line: string
  selector: Selector
  /** name of the target's kind */
  target: string
  options: RouteOptions
  open: OpenChannel
}

/** What is wrong with a line, and at which offset of it. */
export class RouteError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/**
 * `kern.err /var/log/kern.err size=10M keep=5`, `kind=oom-kill,panic exec:/usr/local/bin/page-me`. Throws RouteError,
 * whose message says what of the line was expected and found.
 */
export function parseRoute(line: string): Route {
  const words = tried(
    WordError,
    () => splitWords(line),
    ({ at }) => at,
  )
  const texts = words.map(({ text }) => text)
  const offsetOf = (index: number): number => words[index]?.at ?? line.length
  const targetAt = texts.findIndex((word, index) => !isCondition(word) && (index > 0 || isPrioritiesMissing(texts)))
  const selectorWords = targetAt < 0 ? texts : texts.slice(0, targetAt)
  const selector = tried(
    SelectorError,
    () => parseSelector(selectorWords),
    ({ word }) => offsetOf(word),
  )
  const target = texts[targetAt]
  if (target === undefined) {
    throw new RouteError('a target such as /var/log/kern.log was expected after the selector', line.length)
  }
  return tried(
    TargetError,
    () => {
      for (const kind of targetKinds) {
        // The options are read when the kind is known: each has its own.
        if (kind.recognise(target, {}, selector) === undefined) continue
        const read = () => readOptions(texts.slice(targetAt + 1), kind.options, kind.name)
        const options = tried(OptionError, read, ({ word }) => offsetOf(targetAt + 1 + word))
        return { line, selector, target: kind.name, options, open: kind.recognise(target, options, selector)! }
      }
      throw new TargetError(
        `"${target}" is no target; there are ${targetKinds.flatMap(({ forms }) => forms).join(', ')}`,
      )
    },
    () => offsetOf(targetAt),
  )
}

/** A line may begin with a condition; then all facilities and levels are meant. */
const isPrioritiesMissing = (texts: readonly string[]): boolean => isCondition(texts[0] ?? '')

/** Runs a step; its own error becomes a RouteError that says where. */
function tried<T, E extends Error>(kind: new (...args: never[]) => E, step: () => T, at: (error: E) => number): T {
  try {
    return step()
  } catch (error) {
    if (error instanceof kind) throw new RouteError(error.message, at(error))
    throw error
  }
}
