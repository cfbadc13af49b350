// What a machine could not capture of a dying kernel, and what to do.
//
// How to add a check: a row in the table of its family (checks/sysctls.ts, checks/kernel-config.ts), or a file in checks/
// with one Check; a line in checks/index.ts. It looks at one thing, says what would be lost by it, and throws nothing.

import type { System } from '../system.ts'

export type Level =
  /** nothing to do */
  | 'good'
  /** a matter of choice; the advice says what speaks for it */
  | 'advice'
  /** something of an exception would be lost */
  | 'problem'
  /** it cannot be seen from here */
  | 'unknown'

/** What --fix may write. All of it takes effect at the next boot, sysctls at once too. */
export interface Fix {
  /** kernel.panic → value */
  sysctl?: { key: string; value: string }
  /** loaded at boot, with these options */
  module?: { name: string; options?: string }
  /** words for the kernel command line; shown, never written: the boot loader is the user's */
  commandLine?: string
}

export interface Finding {
  level: Level
  /** what is so: 'kernel.panic = 0' */
  found: string
  /** what that means for an exception, and what to do; absent where all is good */
  means?: string
  fix?: Fix
}

export interface Check {
  name: string
  /** undefined: there is no such thing on this machine */
  look(machine: Machine): Finding | undefined
}

/** A machine as checks see it: its files, and what several checks ask for. */
export interface Machine {
  system: System
  data: string
  commandLine: string
  release: string
  /** CONFIG_…, without the prefix → y, m, a number or a string; undefined: not known */
  config: ReadonlyMap<string, string> | undefined
}

export const good = (found: string): Finding => ({ level: 'good', found })
export const advice = (found: string, means: string, fix?: Fix): Finding => ({
  level: 'advice',
  found,
  means,
  ...(fix === undefined ? {} : { fix }),
})
export const problem = (found: string, means: string, fix?: Fix): Finding => ({
  level: 'problem',
  found,
  means,
  ...(fix === undefined ? {} : { fix }),
})
export const unknown = (found: string, means: string): Finding => ({ level: 'unknown', found, means })

/** A module's parameter: undefined where it has none or is not loaded. */
export const parameter = ({ system }: Machine, module: string, name: string): string | undefined =>
  system.text(`/sys/module/${module}/parameters/${name}`)

export const wordOf = ({ commandLine }: Machine, name: string): string | undefined =>
  new RegExp(`(?:^|\\s)${name.replaceAll('.', '\\.')}=(\\S+)`).exec(commandLine)?.[1]
