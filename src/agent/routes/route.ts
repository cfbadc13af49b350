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

export class RouteError extends Error {}

/**
 * `kern.err /var/log/kern.err size=10M keep=5`, `kind=oom-kill,panic exec:/usr/local/bin/page-me`. Throws RouteError,
 * whose message says what of the line was expected and found.
 */
export function parseRoute(line: string): Route {
  try {
    const words = splitWords(line).map(({ text }) => text)
    const targetAt = words.findIndex((word, index) => !isCondition(word) && (index > 0 || isCondition(words[0] ?? '')))
    const selectorWords = targetAt < 0 ? words : words.slice(0, targetAt)
    const selector = parseSelector(selectorWords)
    if (targetAt < 0) throw new RouteError('a target such as /var/log/kern.log was expected after the selector')
    const word = words[targetAt]!
    for (const kind of targetKinds) {
      // The options are read when the kind is known: each has its own.
      if (kind.recognise(word, {}, selector) === undefined) continue
      const options = readOptions(words.slice(targetAt + 1), kind.options, kind.name)
      return { line, selector, target: kind.name, options, open: kind.recognise(word, options, selector)! }
    }
    throw new RouteError(`"${word}" is no target; there are ${targetKinds.flatMap(({ forms }) => forms).join(', ')}`)
  } catch (error) {
    if (error instanceof RouteError) throw error
    if (
      error instanceof SelectorError ||
      error instanceof OptionError ||
      error instanceof TargetError ||
      error instanceof WordError
    ) {
      throw new RouteError(error.message)
    }
    throw error
  }
}
