// What the running kernel is made of, as far as a probe needs to know.

import { existsSync } from 'node:fs'
import type { Btf } from '../../core/formats/btf/btf.ts'
import type { SymbolTable } from '../../core/localise/symbol-table.ts'
import { openBtf, openModuleBtf } from '../../node/btf-file.ts'
import { kallsymsSymbols } from '../../node/symbol-sources.ts'
import { KernelFunctions } from './functions.ts'
import { type Plan, planProbe } from './plan.ts'
import { type ProbeSpec, SpecError } from './spec.ts'

const typesOf = (name: string): string => `/sys/kernel/btf/${name}`

/** Each undefined where the kernel has none, or hides it. */
export interface RunningKernel {
  btf: Btf | undefined
  table: SymbolTable | undefined
}

export async function runningKernel(): Promise<RunningKernel> {
  const vmlinux = typesOf('vmlinux')
  const btf = existsSync(vmlinux) ? await openBtf(vmlinux).catch(() => undefined) : undefined
  const table = await kallsymsSymbols('/proc/kallsyms').then(
    source => source.table,
    () => undefined,
  )
  return { btf, table }
}

/** Throws SpecError when the function cannot be probed, or its arguments are not there. */
export async function planOn({ btf, table }: RunningKernel, spec: ProbeSpec): Promise<Plan> {
  const refusal = table && new KernelFunctions(table, btf).refusal(spec.function)
  if (refusal !== undefined) throw new SpecError(`${spec.function} cannot be probed: ${refusal}`)
  const ofModule = spec.module !== undefined && btf !== undefined && existsSync(typesOf(spec.module))
  return planProbe(spec, ofModule ? await openModuleBtf(typesOf(spec.module ?? ''), btf).catch(() => btf) : btf)
}
