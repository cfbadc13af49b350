// faultline bundles list: one line for each exception that was kept.

import type { Command } from 'commander'
import type { Bundle } from '../../../agent/bundles/read.ts'
import type { Spool } from '../../../agent/bundles/spool.ts'
import { terminalSafe } from '../../../core/render/safe.ts'
import type { BundleName } from '../../../node/bundles/names.ts'
import { type ExitCode, exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addSpoolOptions, spoolConfig, withSpool } from '../../spool-options.ts'
import type { Terminal } from '../../terminal.ts'

interface ListOptions {
  json?: true
  removed?: true
  last?: string
}

const help = `
Examples:
  faultline bundles list                        number, time, severity, title and name of each, oldest first
  faultline bundles list --last 5
  faultline bundles list --json | jq .title
  faultline bundles list --removed              what is gone, and why

Exit status: 0 there are some, 1 there are none, 2 the spool cannot be read.`

function define(command: Command): void {
  addSpoolOptions(command)
  command
    .option('--last <COUNT>', 'only the newest')
    .option('--removed', 'what was removed, when and why')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { json = false, removed, last } = command.opts<ListOptions>()
  const { data } = spoolConfig(command, terminal)
  return withSpool(data, { readOnly: true }, async spool => {
    if (removed) return listRemoved(terminal, spool, json)
    const all = await spool.list()
    const names = last === undefined ? all : all.slice(-Math.max(1, Number.parseInt(last, 10) || 1))
    for (const name of names) {
      const bundle = await spool.read(name.name).catch(() => undefined)
      await terminal.print(json ? `${JSON.stringify(recordOf(name, bundle))}\n` : lineOf(name, bundle))
    }
    if (names.length === 0 && terminal.interactive) terminal.complain(`no bundle in ${spool.path}`)
    return names.length > 0 ? exitCode.found : exitCode.nothing
  })
}

/** `    42  2026-11-29 06:04:16  oops   BUG: unable to handle …  20261129T060416Z-…` */
function lineOf({ sequence, at, name, kind }: BundleName, bundle: Bundle | undefined): string {
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ')
  const { report, problems = [] } = bundle ?? {}
  const severity = (report?.fatal ? 'fatal' : (report?.severity ?? '?')).padEnd(8)
  const damaged = bundle === undefined || problems.length > 0 ? '  (damaged: see `verify`)' : ''
  return `${String(sequence).padStart(6)}  ${time}  ${severity}  ${terminalSafe(report?.title ?? kind)}${damaged}\n        ${name}\n`
}

function recordOf({ name, at, boot, sequence, kind }: BundleName, bundle: Bundle | undefined): object {
  const { report, origin, files = [], problems = [] } = bundle ?? {}
  return {
    name,
    sequence,
    at: new Date(at).toISOString(),
    boot: origin?.bootId ?? boot,
    kind,
    severity: report?.severity,
    fatal: report?.fatal,
    title: report?.title,
    fingerprint: report?.fingerprint,
    host: origin?.host,
    source: origin?.source,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    problems,
  }
}

async function listRemoved(terminal: Terminal, spool: Spool, json: boolean): Promise<ExitCode> {
  const { list, earlier } = await spool.removals()
  for (const each of list) {
    const { at, reason, name, fatal } = each
    const line = `${at.slice(0, 19).replace('T', ' ')}  ${reason.padEnd(11)}  ${name}${fatal ? '  fatal' : ''}`
    await terminal.print(json ? `${JSON.stringify(each)}\n` : `${terminalSafe(line)}\n`)
  }
  if (earlier > 0 && !json) await terminal.print(`and ${earlier} earlier ones\n`)
  return list.length + earlier > 0 ? exitCode.found : exitCode.nothing
}

export const list: CommandDefinition = {
  name: 'list',
  summary: 'one line for each bundle',
  define,
  run,
}
