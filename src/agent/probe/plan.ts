// From the words of a probe to what the kernel is told: each value under a name of its own, with how to show it.

import {
  type Access,
  AccessError,
  accessPath,
  accessResult,
  functionType,
  type Reading,
} from '../../core/formats/btf/access.ts'
import type { Btf } from '../../core/formats/btf/btf.ts'
import { type ProbeSpec, SpecError } from './spec.ts'

export interface PlannedValue {
  /** as the user wrote it: `skb->dev->name` */
  label: string
  /** of the event's field: no more than letters, digits and underscores */
  field: string
  fetch: string
  reading: Reading
}

export interface Plan {
  function: string
  /** as kprobe_events takes it */
  symbol: string
  values: PlannedValue[]
  /** undefined: it gives nothing back */
  result?: PlannedValue
}

/** Arguments that are shown when none were asked for; the kernel takes 128. */
const MAX_ARGUMENTS = 12

/** Throws SpecError. `btf` is undefined on a kernel without: then only what was said in the kernel's own language. */
export function planProbe(spec: ProbeSpec, btf: Btf | undefined): Plan {
  const type = btf === undefined ? undefined : functionType(btf, baseName(spec.function))
  const values = (spec.arguments ?? defaults(btf, type)).map((argument, index): PlannedValue => {
    if (typeof argument !== 'string')
      return { ...argument, label: argument.name, field: argument.name, reading: readingOf(argument.fetch) }
    if (btf === undefined || type === undefined)
      throw new SpecError(
        `${spec.function}: ${btf === undefined ? 'this kernel has no BTF' : 'its types are not in the kernel’s BTF'}, so "${argument}" is not known; say where it is: ${argument.replace(/\W+/g, '_')}=$arg1:x64`,
      )
    try {
      return {
        label: argument,
        field: `v${index}_${argument.replace(/\W+/g, '_')}`.slice(0, 32),
        ...wanted(accessPath(btf, type, argument)),
      }
    } catch (error) {
      if (error instanceof AccessError) throw new SpecError(`${spec.function}(${argument}): ${error.message}`)
      throw error
    }
  })
  const result = type === undefined ? { fetch: '$retval:s64', reading: 'signed' as const } : resultOf(btf, type)
  return {
    function: spec.function,
    symbol: spec.module === undefined ? spec.function : `${spec.module}:${spec.function}`,
    values,
    ...(result === undefined ? {} : { result: { label: 'result', field: 'ret', ...result } }),
  }
}

const wanted = ({ fetch, reading }: Access): Pick<PlannedValue, 'fetch' | 'reading'> => ({ fetch, reading })

function resultOf(btf: Btf | undefined, type: NonNullable<ReturnType<typeof functionType>>) {
  if (btf === undefined) return undefined
  try {
    const access = accessResult(btf, type)
    // What a char pointer points to may be gone; its address tells whether there was one.
    if (access?.reading === 'text') return { fetch: '$retval:x64', reading: 'pointer' as const }
    return access === undefined ? undefined : wanted(access)
  } catch (error) {
    if (error instanceof AccessError) return { fetch: '$retval:x64', reading: 'pointer' as const }
    throw error
  }
}

/** All arguments that have a name and can be shown. */
function defaults(btf: Btf | undefined, type: ReturnType<typeof functionType>): string[] {
  if (btf === undefined || type === undefined) return []
  return type.arguments
    .map(({ name }) => name)
    .filter(name => {
      try {
        return name !== '' && accessPath(btf, type, name) !== undefined
      } catch (error) {
        if (error instanceof AccessError) return false
        throw error
      }
    })
    .slice(0, MAX_ARGUMENTS)
}

/** GCC's suffixes are not in BTF. */
const baseName = (name: string): string => name.replace(/\.(?:isra|constprop|part|cold|llvm)\b.*$/, '')

function readingOf(fetch: string): Reading {
  const type = /:(?<type>\w+)/.exec(fetch.replace(/^.*\)/, ''))?.groups?.['type'] ?? ''
  if (/string$/.test(type)) return 'text'
  if (type.startsWith('s')) return 'signed'
  return type.startsWith('x') || type === '' || type === 'symbol' ? 'pointer' : 'number'
}
