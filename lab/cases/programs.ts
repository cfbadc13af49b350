// Programs that the kernel stops for what they did.

import type { ProgramName } from '../programs.ts'
import type { Case } from './case.ts'

const tells = '[ -f /proc/sys/debug/exception-trace ] && echo 1 >/proc/sys/debug/exception-trace'

const runs = (name: ProgramName): string => `/lab/programs/${name}; sleep 1`

/** The same with what the kernel says for every machine. */
const told = (name: ProgramName): string => `echo 1 >/proc/sys/kernel/print-fatal-signals; ${runs(name)}`

const does: Record<ProgramName, string> = {
  null: 'writes to address 0',
  wild: 'writes where nothing is mapped',
  exec: 'jumps to where nothing is mapped',
  text: 'writes to its own code',
  illegal: 'comes to an instruction that there is not',
  divide: 'divides by zero',
}

/** Elsewhere a quotient by zero is just some number, or only the program is told. */
const trapsDivision = ['x86_64', 'i386']

export const failingPrograms: readonly Case[] = (Object.keys(does) as ProgramName[]).map(name => ({
  name: `program-${name}`,
  does: `a program that ${does[name]}`,
  programs: [name],
  crash: `${tells}; ${runs(name)}`,
  ends: 'lives',
  on: {
    // Debian's ARM kernels are built without CONFIG_DEBUG_USER.
    armhf: { crash: told(name) },
    // Alpha has no words of its own for it.
    alpha: { crash: told(name) },
    // Nor has it, and the general ones do not name the program.
    m68k: {
      crash: told(name),
      expects: [{ kind: 'user-segfault', title: 'segfault in user process', severity: 'user', fatal: false }],
    },
  },
  ...(name === 'divide'
    ? { not: ({ arch }) => (trapsDivision.includes(arch) ? undefined : 'it does not trap a division by zero') }
    : {}),
  expects: [{ kind: 'user-segfault', title: `segfault in ${name}`, comm: name, severity: 'user', fatal: false }],
  ...(name === 'null' ? { core: true } : {}),
}))
