// faultline drill: proves that the kernel's words reach those who should have them.

import { createSocket } from 'node:dgram'
import { type Command, Option } from 'commander'
import { harvestSection } from '../../agent/config/sections/harvest.ts'
import { spoolSection } from '../../agent/config/sections/spool.ts'
import { watchSection } from '../../agent/config/sections/watch.ts'
import { checkDrill, crash, type DrillResult, lastDrill, newToken, drill as runDrill } from '../../agent/drill/drill.ts'
import type { Proof } from '../../agent/drill/road.ts'
import { drillRoads } from '../../agent/drill/roads/index.ts'
import { systemAt } from '../../agent/system.ts'
import { terminalSafe } from '../../core/render/safe.ts'
import { addConfigOptions, configOf } from '../config-options.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import { type Terminal, wantsColour } from '../terminal.ts'

interface DrillOptions {
  json?: true
  token?: string
  listen?: string
  wait: string
  check?: true
  crash?: true
  yesCrashThisMachine?: true
  color: boolean
}

const sections = [spoolSection, watchSection, harvestSection] as const
const widest = Math.max(...drillRoads.map(({ name }) => name.length))

const help = `
Writes one harmless line with a token to /dev/kmsg and follows it on all roads, or on those that are named:
${drillRoads.map(({ name, what }) => `  ${name.padEnd(widest)}  ${what}`).join('\n')}

What is kept over a reboot is looked for after it: faultline drill --check. The end of netconsole is another machine:
faultline drill --listen :6666 --token TOKEN there, and the same --token here.

--crash --yes-crash-this-machine panics the kernel, now. It takes both, it syncs the disks before, and it has the
machine restart after ten seconds where kernel.panic is 0. After the restart --check says which roads had it.

Exit status: 0 nothing failed, 1 something did, 2 the command line is wrong or it could not be done.`

function define(command: Command): void {
  command
    .argument('[ROAD...]', 'roads to prove; all')
    .addOption(new Option('--json', 'one JSON object a road'))
    .addOption(new Option('--token <TOKEN>', 'the word to use, or to wait for; made up'))
    .addOption(
      new Option('--listen <ADDRESS>', 'wait for the token in datagrams to [HOST]:PORT, as netconsole sends them'),
    )
    .addOption(new Option('--wait <SECONDS>', 'how long --listen waits').default('60'))
    .addOption(new Option('--check', 'after a reboot: where the last drill is found'))
    .addOption(new Option('--crash', 'crash this machine, to see what is left of it').conflicts(['check', 'listen']))
    .addOption(new Option('--yes-crash-this-machine', 'with --crash: yes'))
    .option('--no-color', 'no colours, also by NO_COLOR and off a terminal')
    .addHelpText('after', help)
  addConfigOptions(command, sections, ['Spool.Data', 'Watch.Runtime'])
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<DrillOptions>()
  const { config } = configOf(command, sections, terminal)
  const { data } = config.spool
  const system = systemAt()
  const token = options.token ?? newToken()
  if (!/^[\w-]{4,64}$/.test(token)) throw new Trouble(`--token ${token}: expected 4 to 64 letters and digits`)
  if (options.listen !== undefined) return listen(terminal, options.listen, token, Number(options.wait))
  if (options.crash) {
    if (!options.yesCrashThisMachine) {
      throw new Trouble('--crash panics this kernel now. Say --yes-crash-this-machine too, when that is what you want')
    }
    try {
      crash(system, data, token)
    } catch (error) {
      throw new Trouble(error instanceof Error ? error.message : String(error))
    }
  }
  if (options.check) {
    const last = lastDrill(data)
    if (last === undefined) throw new Trouble(`${data}: there was no drill that left something for after a reboot`)
    return show(terminal, options, await checkDrill(system, data, config.harvest, last))
  }
  const unknown = command.args.find(name => !drillRoads.some(road => road.name === name))
  if (unknown !== undefined) {
    throw new Trouble(`no road "${unknown}"; there are ${drillRoads.map(({ name }) => name).join(', ')}`)
  }
  const roads = drillRoads.filter(({ name }) => command.args.length === 0 || command.args.includes(name))
  const results = await runDrill({ system, data, runtime: config.watch.runtime, token, roads })
  return show(terminal, options, results)
}

const marks: Record<Proof, { mark: string; colour: number; word: string }> = {
  proved: { mark: '✔', colour: 32, word: 'proved' },
  failed: { mark: '✖', colour: 31, word: 'FAILED' },
  later: { mark: '…', colour: 33, word: 'after a reboot' },
  elsewhere: { mark: '→', colour: 33, word: 'look there' },
  absent: { mark: '-', colour: 2, word: 'absent' },
}

async function show(terminal: Terminal, options: DrillOptions, results: readonly DrillResult[]): Promise<ExitCode> {
  const colour = wantsColour(terminal, options.color)
  for (const { road, proof, what } of results) {
    const { mark, colour: code, word } = marks[proof]
    const begin = colour ? `\x1b[${code}m${mark}\x1b[0m` : mark
    await terminal.print(
      options.json
        ? `${JSON.stringify({ road, proof, what })}\n`
        : `${begin} ${terminalSafe(road).padEnd(widest)}  ${word}: ${terminalSafe(what)}\n`,
    )
  }
  return results.some(({ proof }) => proof === 'failed') ? exitCode.nothing : exitCode.found
}

async function listen(terminal: Terminal, address: string, token: string, seconds: number): Promise<ExitCode> {
  const { host, port } = /^(?:\[?(?<host>[^\]]*?)\]?:)?(?<port>\d{1,5})$/.exec(address)?.groups ?? {}
  if (port === undefined || Number(port) > 65535) throw new Trouble(`--listen ${address}: expected [HOST]:PORT`)
  if (!(seconds > 0 && seconds < 1e6)) throw new Trouble(`--wait ${seconds}: expected seconds`)
  const socket = createSocket(host?.includes(':') ? 'udp6' : 'udp4')
  const from = await new Promise<string | undefined>((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), seconds * 1000)
    socket.on('error', error => {
      clearTimeout(timer)
      reject(new Trouble(`--listen ${address}: ${error.message}`))
    })
    socket.on('message', (bytes, sender) => {
      if (!bytes.includes(token)) return
      clearTimeout(timer)
      resolve(`${sender.address}:${sender.port}`)
    })
    socket.bind(Number(port), host === '' ? undefined : host, () => {
      terminal.complain(
        `waiting ${seconds} s on ${address}; on the other machine: faultline drill netconsole --token ${token}`,
      )
    })
  }).finally(() => socket.close())
  if (from === undefined) {
    terminal.complain(`nothing with ${token} came to ${address} within ${seconds} s`)
    return exitCode.nothing
  }
  await terminal.print(`✔ ${token} came from ${from}\n`)
  return exitCode.found
}

export const drill: CommandDefinition = {
  name: 'drill',
  summary: "proves with a harmless record that the kernel's words reach log, agent, disk, console, network, pstore",
  define,
  run,
}
