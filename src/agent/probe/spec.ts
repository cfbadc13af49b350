// `fib_validate_source(skb->dev->name, src=$arg2:x32)`: a function, and what of its arguments is wanted.

export interface ProbeSpec {
  /** `nvme:nvme_queue_rq` is of a module */
  function: string
  module?: string
  /** undefined: all arguments by their names; paths, or what the kernel's own fetch language says under a name */
  arguments?: (string | { name: string; fetch: string })[]
}

/** What is wrong with the words of a probe. */
export class SpecError extends Error {}

const specPattern = /^(?:(?<module>[\w-]+):)?(?<function>[A-Za-z_][\w.]*)(?:\((?<arguments>.*)\))?$/s
// name=$arg1:u32  name=+16(%di):string  name=@jiffies
const rawPattern = /^(?<name>[A-Za-z_]\w{0,31})=(?<fetch>[-+$%@\\][^\s;]+)$/

/** Throws SpecError. */
export function parseSpec(text: string): ProbeSpec {
  const groups = specPattern.exec(text.trim())?.groups
  const name = groups?.['function']
  if (name === undefined)
    throw new SpecError(`"${text}" is no function: expected FUNCTION, MODULE:FUNCTION or FUNCTION(ARGUMENT, …)`)
  const list = groups?.['arguments']
  return {
    function: name,
    ...(groups?.['module'] === undefined ? {} : { module: groups['module'] }),
    ...(list === undefined ? {} : { arguments: splitArguments(list).map(argumentOf) }),
  }
}

/** At commas that stand in no brackets. */
function splitArguments(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < list.length; at++) {
    if (list[at] === '(') depth++
    else if (list[at] === ')') depth--
    else if (list[at] === ',' && depth === 0) {
      parts.push(list.slice(start, at))
      start = at + 1
    }
  }
  parts.push(list.slice(start))
  return parts.map(part => part.trim()).filter(part => part !== '')
}

function argumentOf(text: string): string | { name: string; fetch: string } {
  if (!text.includes('=')) return text
  const { name, fetch } = rawPattern.exec(text)?.groups ?? {}
  if (name === undefined || fetch === undefined)
    throw new SpecError(
      `"${text}": expected NAME=FETCH, as in len=+112($arg1):u32 (Documentation/trace/kprobetrace.rst)`,
    )
  return { name, fetch }
}
