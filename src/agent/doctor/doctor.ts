// All checks over a machine, and the files that mend what can be mended.

import type { System } from '../system.ts'
import type { Check, Finding, Fix } from './check.ts'
import { checks } from './checks/index.ts'
import { machineOf } from './machine.ts'

export interface Checked extends Finding {
  check: string
}

export function examine(system: System, data: string, list: readonly Check[] = checks): Checked[] {
  const machine = machineOf(system, data)
  return list.flatMap(check => {
    const finding = check.look(machine)
    return finding === undefined ? [] : [{ check: check.name, ...finding }]
  })
}

export interface FixFile {
  path: string
  text: string
}

export interface Mending {
  files: FixFile[]
  /** set at once too */
  sysctls: { key: string; value: string }[]
  /** for the boot loader's configuration, which is the user's */
  commandLine: string[]
}

/** The first line of what is written, by which it is known again. */
const written = '# Written by `faultline doctor --fix`. Remove the file to undo it.'

/** A fix of an earlier time that is in force is no finding any more: its line stays. */
type Lines = Map<string, string>

/**
 * What --fix does for these findings; `all`: for advice too, not for problems alone. `before` reads a file that is there.
 * Throws where one was written by somebody else.
 */
export function mending(
  found: readonly Checked[],
  all: boolean,
  before: (path: string) => string | undefined,
): Mending {
  const chosen = found.filter(({ level }) => level === 'problem' || (all && level === 'advice'))
  const fixes = chosen.flatMap(({ fix }) => fix ?? [])
  const sysctls = fixes.flatMap(({ sysctl }) => sysctl ?? [])
  const plan: { path: string; lines: Lines }[] = [
    {
      path: '/etc/sysctl.d/60-faultline.conf',
      lines: new Map(sysctls.map(({ key, value }) => [key, `${key} = ${value}`])),
    },
    { path: '/etc/modules-load.d/faultline.conf', lines: new Map(fixes.flatMap(({ module }) => loadLine(module))) },
    // One line for each option: modprobe.d(5) adds them up.
    { path: '/etc/modprobe.d/faultline.conf', lines: new Map(fixes.flatMap(({ module }) => optionLine(module))) },
  ]
  const files = plan.flatMap(({ path, lines }): FixFile[] => {
    if (lines.size === 0) return []
    const text = before(path)
    if (text !== undefined && !text.startsWith(written)) {
      throw new Error(
        `${path} is there and not of faultline; move it away, or write these lines into it: ${[...lines.values()].join('; ')}`,
      )
    }
    const kept = (text ?? '').split('\n').filter(line => line !== '' && !line.startsWith('#'))
    const merged = new Map([...kept.map(line => [keyOf(line), line] as const), ...lines])
    return [{ path, text: `${[written, ...merged.values()].join('\n')}\n` }]
  })
  return { files, sysctls, commandLine: [...new Set(fixes.flatMap(({ commandLine }) => commandLine ?? []))] }
}

const loadLine = (module: Fix['module']): [string, string][] =>
  module === undefined ? [] : [[module.name, module.name]]

const optionLine = (module: Fix['module']): [string, string][] => {
  if (module?.options === undefined) return []
  const line = `options ${module.name} ${module.options}`
  return [[keyOf(line), line]]
}

/** What two lines may not both set: of `kernel.panic = 10` and of `options ramoops ecc=1`, all before the "=". */
const keyOf = (line: string): string => line.replace(/\s*=.*$/, '')
