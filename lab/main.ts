// npm run lab: real kernels, really crashed, as the judge of what Faultline says of them.

import { writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { cases } from './cases/index.ts'
import { guests } from './guests/index.ts'
import { ensureKernel, tryConfiguration } from './kernels/build.ts'
import { recipes } from './kernels/index.ts'
import { ownUserSpace } from './kernels/user-space.ts'
import { runMatrix, type Selection } from './matrix.ts'
import { recordCase } from './record.ts'
import { htmlOf } from './results-page.ts'
import { failedCase, lineOf, tableOf, troubles } from './results-table.ts'
import { askedFor, roads } from './roads/index.ts'
import { openShell } from './shell.ts'
import { tell } from './tell.ts'

interface MatrixOptions {
  guest?: string[]
  road?: string[]
  core?: true
  jobs: string
  json?: string
  html?: string
}

function chosen<Named extends { name: string }>(
  what: string,
  all: readonly Named[],
  names?: readonly string[],
): Named[] {
  if (names === undefined || names.length === 0) return [...all]
  return names.map(name => {
    const found = all.find(each => each.name === name)
    if (found === undefined)
      throw new Error(`no ${what} "${name}"; there are: ${all.map(each => each.name).join(', ')}`)
    return found
  })
}

async function run(names: string[], options: MatrixOptions): Promise<void> {
  const selection: Selection = {
    cases: chosen('case', cases, names),
    guests: chosen('guest', guests, options.guest),
    // Who names a road asks for it.
    roads: chosen('road', roads, options.road).map(road =>
      options.road === undefined || !road.asked ? road : askedFor(road),
    ),
    core: options.core === true,
    named: names.length > 0,
    jobs: Number(options.jobs),
  }
  const results = await runMatrix(selection, verdict =>
    tell([lineOf(verdict), ...troubles(verdict)].join('\n          ')),
  )
  process.stdout.write(tableOf(results))
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`)
  if (options.html !== undefined) writeFileSync(options.html, htmlOf(results))
  process.exitCode = results.verdicts.some(failedCase) ? 1 : 0
}

/** One that cannot be built does not keep the others from it. */
async function buildKernels(names: string[], options: { configure?: true }): Promise<void> {
  for (const { name } of chosen('kernel', recipes, names)) {
    try {
      if (options.configure) {
        await tryConfiguration(name)
        process.stdout.write(`${name.padEnd(14)} can be configured as asked\n`)
        continue
      }
      const { release, version } = await ensureKernel(name)
      await ownUserSpace(name)
      process.stdout.write(`${name.padEnd(14)} ${release}, from Debian's ${version}\n`)
    } catch (error) {
      process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  }
}

function list(): void {
  const lines = (title: string, rows: readonly { name: string; text: string }[]): string =>
    `${title}\n${rows.map(({ name, text }) => `  ${name.padEnd(26)} ${text}\n`).join('')}\n`
  process.stdout.write(
    lines(
      'Guests',
      guests.map(({ name, what }) => ({ name, text: what })),
    ) +
      lines(
        'Cases',
        cases.map(({ name, does }) => ({ name, text: does })),
      ) +
      lines(
        'Roads',
        roads.map(({ name, what }) => ({ name, text: what })),
      ),
  )
}

const program = new Command('lab').description(
  'Boots real kernels in QEMU, breaks them, and judges what Faultline says.',
)
program.command('list').description('guests, cases and roads').action(list)
const withChoice = (command: Command): Command =>
  command
    .option('--guest <NAME...>', 'only on these guests')
    .option('--road <NAME...>', 'only over these roads')
    .option('--core', 'the reduced matrix: what the tests run')
    .option('--jobs <N>', 'guests at the same time', '2')
    .option('--json <FILE>', 'the verdicts as JSON')
    .option('--html <FILE>', 'the verdicts as one page')
withChoice(program.command('run').description('some cases').argument('<CASE...>')).action((names, options) =>
  run(names, options),
)
withChoice(program.command('matrix').description('all cases on all guests over all roads')).action(options =>
  run([], options),
)
program
  .command('kernels')
  .description("builds the lab's own kernels: minutes each, the debug kernel up to an hour")
  .argument('[NAME...]', 'all, unless some are named')
  .option('--configure', 'only whether their options can be had, in seconds')
  .action(buildKernels)
program
  .command('record')
  .description('cases as fixtures, for review: fixtures/kinds/')
  .argument('<CASE...>')
  .requiredOption('--guest <NAME...>', 'on these guests')
  .action(async (names: string[], options: { guest: string[] }) => {
    for (const guest of chosen('guest', guests, options.guest))
      for (const each of chosen('case', cases, names)) tell(await recordCase(each, guest))
  })
program
  .command('shell')
  .description('keep a guest open: a shell on its console; the end of input (Ctrl-D) ends it')
  .argument('<GUEST>')
  .action(name => openShell(chosen('guest', guests, [name])[0]!))

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
