// faultline up: the agent, the server and the UI in one process, watching this machine. What bare `npm start` runs.

import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type Config, sections } from '../../agent/config/keys.ts'
import { spoolSection } from '../../agent/config/sections/spool.ts'
import { watchSection } from '../../agent/config/sections/watch.ts'
import { readState } from '../../agent/push/state.ts'
import { Agent } from '../../agent/watch/agent.ts'
import type { RunningServer } from '../../server/serve.ts'
import { databaseName } from '../../server/store/store.ts'
import { agentTrouble } from '../agent-trouble.ts'
import { addConfigOptions, configOf } from '../config-options.ts'
import { isWritable, ownFolder } from '../data-folder.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import { ownCommand } from '../own-command.ts'
import type { CommandDefinition } from '../program.ts'
import { SAMPLE_HOST, sampleLog } from '../sample.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { addServeOptions, receive, type ServeCommandOptions, start } from './serve.ts'

type UpOptions = Omit<ServeCommandOptions, 'data' | 'listen' | 'json'> & {
  listen?: string
  sample: boolean
  harvest: boolean
  json?: true
}

const defaultListen = '127.0.0.1:8787'
/** Where the server of this process is, for the agent of this process. */
const HERE = 'http://faultline.invalid/'

const help = `
Watches this machine's kernel as \`faultline watch\` does, files what it finds as \`faultline serve\` does, and serves the
pages. Without root it says what it cannot read, and shows the rest. The first start files a sample: crashes of other
machines under the host "${SAMPLE_HOST}", to look around in; remove that host, and it is gone.

The address that it prints opens the pages as the owner, once, within an hour. Later, log in with the owner's token, from
the file that is named. Logs pasted at /decode are decoded in the browser and never leave it.

Examples:
  faultline up                                       on http://127.0.0.1:8787/ or the next free port
  faultline up --data DIR --listen 0.0.0.0:8787 --tls-cert cert.pem --tls-key key.pem
  faultline up --receive netconsole::6666            and what other machines' kernels send

Ctrl-C ends it; started again, it goes on where it was.`

function define(command: Command): void {
  addConfigOptions(command, [spoolSection, watchSection], ['Spool.Data', 'Watch.Source'])
  command.option('--listen <HOST:PORT>', `where to serve (default: ${defaultListen}, or the next free port)`)
  addServeOptions(command)
  command
    .option('--no-sample', 'the first start files no sample')
    .option('--no-harvest', 'leave what earlier boots left where it is')
    .addOption(new Option('--json', 'print {url, login, data, tokenFile} when all is up'))
    .addHelpText('after', help)
}

/** The service's folder, or one's own where that cannot be written and none was asked for. */
function configFor(command: Command, terminal: Terminal): Config {
  const { config } = configOf(command, sections, terminal)
  const asked = command.opts<{ data?: string }>().data !== undefined
  if (!asked && !isWritable(config.spool.data)) config.spool.data = ownFolder()
  // What the service says of itself there is not of this one.
  if (asked || !isWritable(config.watch.runtime)) config.watch.runtime = join(config.spool.data, 'run')
  return config
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<UpOptions>()
  const config = configFor(command, terminal)
  const { data } = config.spool
  const first = !existsSync(join(data, 'server', databaseName))
  const { listen = defaultListen } = options
  const server = await start(terminal, { ...options, data, listen }, options.listen === undefined)
  const { promise: ended, resolve: end } = Promise.withResolvers<string | undefined>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(undefined))
  const receiver = await receive(terminal, { ...options, data }, server)
  let agent: Agent | undefined
  try {
    agent = await startAgent(terminal, { config, server, harvest: options.harvest, ended: end })
    if (first && options.sample) await fileSample(terminal, server)
    await terminal.print(greeting(server, { data, first, json: options.json === true }))
    const problem = await ended
    if (problem !== undefined) throw new Trouble(problem)
    return exitCode.found
  } finally {
    await agent?.stop(true)
    await receiver?.close()
    await server.close()
  }
}

async function startAgent(
  terminal: Terminal,
  {
    config,
    server,
    harvest,
    ended,
  }: { config: Config; server: RunningServer; harvest: boolean; ended(problem?: string): void },
): Promise<Agent> {
  const folder = join(config.spool.data, 'server')
  const name = config.server.name ?? hostname()
  const state = await readState(folder)
  try {
    return await Agent.start({
      config,
      version,
      spool: true,
      harvest,
      tell: message => terminal.complain(message),
      ended,
      self: ownCommand(),
      local: {
        url: HERE,
        via: (url, request) => server.ask(url, request),
        data: folder,
        code: await server.codeFor(name, state?.url === HERE ? state.token : undefined),
        name,
      },
    })
  } catch (error) {
    throw agentTrouble(error)
  }
}

async function fileSample(terminal: Terminal, server: RunningServer): Promise<void> {
  try {
    const log = await sampleLog()
    if (log !== undefined) await server.takeLog(log, SAMPLE_HOST)
  } catch (error) {
    terminal.complain(`the sample is not filed: ${error instanceof Error ? error.message : error}`)
  }
}

function greeting(
  server: RunningServer,
  { data, first, json }: { data: string; first: boolean; json: boolean },
): string {
  const login = server.loginUrl()
  const { url, tokenFile } = server
  if (json) return `${JSON.stringify({ url, login, data, tokenFile })}\n`
  return [
    ...(first ? [`What Faultline keeps is in ${data}; the owner's token is in ${tokenFile}.`] : []),
    `Faultline is at ${url}  (Ctrl-C ends it)`,
    `Open it logged in, once, within an hour: ${login}`,
    '',
  ].join('\n')
}

export const up: CommandDefinition = {
  name: 'up',
  summary: 'agent, server and pages in one: watches this machine and shows it',
  define,
  run,
}
