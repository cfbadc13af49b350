// faultline why-reboot: why the last boot ended.

import { type Command, Option } from 'commander'
import { spoolSection } from '../../agent/config/sections/spool.ts'
import { systemAt } from '../../agent/system.ts'
import type { Clue, Ending } from '../../agent/why/clue.ts'
import { type Verdict, whyReboot } from '../../agent/why/verdict.ts'
import { terminalSafe } from '../../core/render/safe.ts'
import { addConfigOptions, configOf } from '../config-options.ts'
import { type ExitCode, exitCode } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface WhyOptions {
  json?: true
  root?: string
  verbose?: true
  color: boolean
}

const help = `
Looks at what the dead kernel left (pstore, ramoops, mtdoops, NVRAM, crash dumps, and what was harvested of them),
the watchdog's boot status, reset reasons of firmware and boot loader, the journal and log files of the boot
before, wtmp, and the agent's own record of boots. Each piece of evidence counts by how far it can be trusted;
the endings are ranked by all of them together.

Endings: restart, power-off, halt: in order; panic: the kernel gave up; oops: it failed, and the machine went
without another word; watchdog: the hardware reset it; power-loss; unknown.

Examples:
  faultline why-reboot
  faultline why-reboot --json | jq -r .ending
  faultline why-reboot --root /mnt            another machine's disk

Exit status: 0 an ending is certain or likely, 1 it is not, 2 the command line is wrong.`

function define(command: Command): void {
  command
    .addOption(new Option('--json', 'one JSON object: the verdict, all endings ranked, all clues'))
    .addOption(new Option('--root <DIR>', 'the machine whose file system is mounted there'))
    .option('-v, --verbose', 'all endings and what said nothing too')
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    .addHelpText('after', help)
  addConfigOptions(command, [spoolSection], ['Spool.Data'])
}

const words: Record<Ending, string> = {
  restart: 'it was restarted',
  'power-off': 'it was turned off',
  halt: 'it was halted',
  panic: 'the kernel panicked',
  oops: 'the kernel failed, and the machine went without another word',
  watchdog: 'a watchdog reset it',
  'power-loss': 'it lost its power, or was reset from outside',
  unknown: 'nothing says why',
}

const confidences = { certain: 'that is certain', likely: 'likely', possible: 'no more than possible' } as const

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<WhyOptions>()
  const { config } = configOf(command, [spoolSection], terminal, options.root)
  const verdict = await whyReboot(systemAt(options.root), config.spool.data)
  const colour = wantsColour(terminal, options.color)
  await terminal.print(options.json ? `${JSON.stringify(verdict)}\n` : told(verdict, options.verbose === true, colour))
  return verdict.ending !== 'unknown' && verdict.confidence !== 'possible' ? exitCode.found : exitCode.nothing
}

function told(verdict: Verdict, verbose: boolean, colour: boolean): string {
  const bold = (text: string): string => (colour ? `\x1b[1m${text}\x1b[0m` : text)
  const dim = (text: string): string => (colour ? `\x1b[2m${text}\x1b[0m` : text)
  const { ending, confidence, title, began, bootedAgain, ranked, silent } = verdict
  const lines = [`${bold(`Why the last boot ended: ${words[ending]}`)} (${confidences[confidence]})`]
  if (title !== undefined) lines.push(`  ${terminalSafe(title)}`)
  if (began !== undefined) lines.push(dim(`  that boot began  ${began}`))
  if (bootedAgain !== undefined) lines.push(dim(`  this boot began  ${bootedAgain}`))
  const shown = ranked.filter(
    ({ probability, clues }, index) => verbose || index === 0 || (probability > 0.05 && clues.length > 0),
  )
  const told = new Set<Clue>()
  for (const { ending: each, probability, clues } of shown) {
    lines.push('', `${percent(probability)}  ${bold(each)}`)
    for (const clue of clues) {
      if (told.has(clue) && !verbose) continue
      told.add(clue)
      const at = clue.at === undefined ? '' : `  ${clue.at}`
      lines.push(`      ${terminalSafe(clue.what)}`, dim(`        ${terminalSafe(clue.from)}${at}, ${clue.strength}`))
    }
  }
  if (verbose && silent.length > 0) lines.push('', 'Nothing said:', ...silent.map(each => dim(`  ${each}`)))
  return `${lines.join('\n')}\n`
}

const percent = (probability: number): string => `${Math.round(probability * 100)} %`.padStart(5)

export const why: CommandDefinition = {
  name: 'why-reboot',
  summary: 'why the last boot ended: restart, panic, watchdog, power loss…, with the evidence',
  define,
  run,
}
