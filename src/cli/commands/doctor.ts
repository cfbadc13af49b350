// faultline doctor: what this machine could not capture, and what to do.

import { renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Command, Option } from 'commander'
import { spoolSection } from '../../agent/config/sections/spool.ts'
import type { Level } from '../../agent/doctor/check.ts'
import { sysctlPath } from '../../agent/doctor/checks/sysctls.ts'
import { type Checked, examine, type Mending, mending } from '../../agent/doctor/doctor.ts'
import { type System, systemAt } from '../../agent/system.ts'
import { terminalSafe } from '../../core/render/safe.ts'
import { makeFoldersSync } from '../../node/make-folders.ts'
import { agreed } from '../ask.ts'
import { addConfigOptions, configOf } from '../config-options.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface DoctorOptions {
  json?: true
  fix?: true
  all?: true
  yes?: true
  root?: string
  verbose?: true
  color: boolean
}

const help = `
Looks at the roads on which the words of a dying kernel leave the machine (pstore, ramoops, kdump, netconsole,
serial consoles), at what the kernel prints and keeps, at the settings that decide what is reported and what
becomes of the machine then, at how the kernel was built, and at the room for bundles.

--fix shows the files that mend what can be mended, and writes them when asked to: sysctl.d, modules-load.d and
modprobe.d. Sysctls are set at once, modules at the next boot. Words for the kernel command line are shown only.

Exit status: 0 nothing of an exception would be lost, 1 something would, 2 it could not be mended or the command
line is wrong.`

function define(command: Command): void {
  command
    .addOption(new Option('--json', 'one JSON object a check').conflicts('fix'))
    .addOption(new Option('--fix', 'write the settings that mend the problems'))
    .addOption(new Option('--all', 'with --fix: what is advised too'))
    .addOption(new Option('--yes', 'with --fix: do not ask'))
    .addOption(new Option('--root <DIR>', 'the machine whose file system is mounted there'))
    .option('-v, --verbose', 'what is good too')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    .addHelpText('after', help)
  addConfigOptions(command, [spoolSection], ['Spool.Data'])
}

const marks: Record<Level, { mark: string; colour: number }> = {
  good: { mark: '✔', colour: 32 },
  advice: { mark: '→', colour: 33 },
  problem: { mark: '✖', colour: 31 },
  unknown: { mark: '?', colour: 2 },
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<DoctorOptions>()
  const { config } = configOf(command, [spoolSection], terminal, options.root)
  const system = systemAt(options.root)
  const found = examine(system, config.spool.data)
  if (options.json) for (const each of found) await terminal.print(`${JSON.stringify(each)}\n`)
  else await terminal.print(told(found, options, wantsColour(terminal, options.color)))
  const problems = found.some(({ level }) => level === 'problem')
  if (options.fix) return mend(terminal, system, found, options)
  return problems ? exitCode.nothing : exitCode.found
}

function told(found: readonly Checked[], { verbose, fix }: DoctorOptions, colour: boolean): string {
  const lines: string[] = []
  for (const level of ['problem', 'advice', 'unknown', 'good'] as const) {
    if (level === 'good' && verbose !== true) continue
    const { mark, colour: code } = marks[level]
    for (const { found: what, means, fix: remedy } of found.filter(each => each.level === level)) {
      lines.push(`${colour ? `\x1b[${code}m${mark}\x1b[0m` : mark} ${terminalSafe(what)}`)
      if (means !== undefined) lines.push(`    ${terminalSafe(means)}`)
      if (remedy?.sysctl) lines.push(`    sysctl ${remedy.sysctl.key}="${remedy.sysctl.value}"`)
      if (remedy?.module) lines.push(`    modprobe ${remedy.module.name} ${remedy.module.options ?? ''}`.trimEnd())
      if (remedy?.commandLine) lines.push(`    kernel command line: ${remedy.commandLine}`)
    }
  }
  const count = (level: Level): number => found.filter(each => each.level === level).length
  lines.push(`${count('good')} good, ${count('advice')} advised, ${count('problem')} to mend`)
  const mendable = found.some(each => each.level === 'problem' && (each.fix?.sysctl || each.fix?.module))
  if (mendable && fix !== true) lines.push('faultline doctor --fix mends what can be mended here.')
  return `${lines.join('\n')}\n`
}

async function mend(
  terminal: Terminal,
  system: System,
  found: readonly Checked[],
  options: DoctorOptions,
): Promise<ExitCode> {
  const plan = planOf(system, found, options.all === true)
  if (plan.commandLine.length > 0) {
    await terminal.print(`\nFor the kernel command line, by your boot loader:\n  ${plan.commandLine.join('\n  ')}\n`)
  }
  if (plan.files.length === 0) {
    await terminal.print('Nothing here can be mended by a file.\n')
    return exitCode.found
  }
  for (const { path, text } of plan.files) await terminal.print(`\n${path}:\n${text.replaceAll(/^(?=.)/gm, '  ')}`)
  if (options.yes !== true && !(await agreed(terminal, '\nWrite these files?'))) {
    terminal.complain('nothing was written; --yes writes without asking')
    return exitCode.trouble
  }
  apply(terminal, system, plan)
  return exitCode.found
}

function planOf(system: System, found: readonly Checked[], all: boolean): Mending {
  try {
    return mending(found, all, path => system.text(path))
  } catch (error) {
    throw new Trouble(error instanceof Error ? error.message : String(error))
  }
}

function apply(terminal: Terminal, system: System, { files, sysctls }: Mending): void {
  for (const { path, text } of files) {
    const target = system.path(path)
    try {
      makeFoldersSync(dirname(target))
      writeFileSync(`${target}.tmp`, text, { flush: true, mode: 0o644 })
      renameSync(`${target}.tmp`, target)
    } catch (error) {
      throw new Trouble(`${target}: not written (${(error as NodeJS.ErrnoException).code}); run as root`)
    }
  }
  // Of a machine that does not run only the files.
  if (system.root !== '') return
  for (const { key, value } of sysctls) {
    try {
      writeFileSync(sysctlPath(key), value)
    } catch (error) {
      terminal.complain(`${key}: not set now (${(error as NodeJS.ErrnoException).code}); it will be at the next boot`)
    }
  }
}

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'what this machine could not capture of a dying kernel, and what to do',
  define,
  run,
}
