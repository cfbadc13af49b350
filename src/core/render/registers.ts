// Register sets as names and values, with what is worth a second look.

import type { RegisterSet, Report } from '../model.ts'

export interface RegisterValue {
  name: string
  /** digits without "0x", full printed width */
  digits: string
  /** flags in words */
  decoded?: string[]
  /** the value is the address that faulted */
  faulted?: true
}

export interface RegisterView {
  title: string
  values: RegisterValue[]
}

/**
 * All sets that were printed, one that was printed again (x86 does so at the end of an oops) once; the one of the fault
 * alone when there are no others.
 */
export function registerViews(report: Report): RegisterView[] {
  const sets: RegisterSet[] =
    report.registerSets !== undefined && report.registerSets.length > 0
      ? report.registerSets
      : report.registers === undefined
        ? []
        : [{ values: report.registers }]
  const seen = new Set<string>()
  return sets
    .map(set => ({ title: titleOf(set), values: valuesOf(set, report.fault?.address) }))
    .filter(view => {
      const content = JSON.stringify(view)
      if (view.values.length === 0 || seen.has(content)) return false
      seen.add(content)
      return true
    })
}

function titleOf({ title, mode, pc }: RegisterSet): string {
  const words = (title ?? 'Registers').replace(/:\s*$/, '')
  const details = [
    mode === undefined ? undefined : `${mode} mode`,
    pc?.symbol === undefined ? undefined : `at ${pc.symbol}`,
  ]
  const said = details.filter(detail => detail !== undefined && !words.includes(detail))
  return said.length === 0 ? words : `${words}, ${said.join(', ')}`
}

function valuesOf(set: RegisterSet, faultAddress: string | undefined): RegisterValue[] {
  const fault = faultAddress === undefined || !/^0x0*[1-9a-f]/.test(faultAddress) ? undefined : faultAddress
  return Object.entries(set.values).map(([name, value]) => {
    const decoded = set.decoded?.[name]
    return {
      name,
      digits: value.replace(/^0x/, ''),
      ...(decoded === undefined || decoded.length === 0 ? {} : { decoded }),
      ...(value === fault ? { faulted: true as const } : {}),
    }
  })
}
