// Where a function's arguments are when it is entered: for kernels that do not know `$argN` (before 4.20) or architectures
// that never learnt it. Names as kprobe_events takes them (arch/*/kernel/ptrace.c, regs_query_register_offset()).

import { arch } from 'node:os'

const numbered = (prefix: string, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${from + index}`)

const byArch: Partial<Record<string, readonly string[]>> = {
  x64: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  // the kernel is built with regparm(3)
  ia32: ['ax', 'dx', 'cx'],
  arm64: numbered('x', 0, 8),
  arm: numbered('r', 0, 4),
  ppc64: numbered('gpr', 3, 8),
  ppc: numbered('gpr', 3, 8),
  s390x: numbered('r', 2, 5),
  riscv64: numbered('a', 0, 8),
  loong64: numbered('r', 4, 8),
  mips: numbered('r', 4, 4),
  mipsel: numbered('r', 4, 4),
}

/** Register of argument `index` (from 1) as `%di`; undefined when it is on the stack or the architecture is not known. */
export function argumentRegister(index: number, machine: string = arch()): string | undefined {
  const name = byArch[machine]?.[index - 1]
  return name === undefined ? undefined : `%${name}`
}

/** `+0($arg1):string` → `+0(%di):string`; undefined when one of the arguments is in no register. */
export function byRegisters(fetch: string, machine: string = arch()): string | undefined {
  let known = true
  const replaced = fetch.replace(/\$arg(\d+)/g, (_, index: string) => {
    const register = argumentRegister(Number(index), machine)
    known &&= register !== undefined
    return register ?? ''
  })
  return known ? replaced : undefined
}
