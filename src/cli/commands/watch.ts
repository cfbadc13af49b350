// faultline watch: the agent. Reads what kernels say as they say it, hands it on, and keeps every exception as a bundle.

import { type Command, Option } from 'commander'
import { type Config, sections } from '../../agent/config/keys.ts'
import { sources } from '../../agent/sources/index.ts'
import { messageOf } from '../../agent/sources/source.ts'
import { Agent, type AgentOptions } from '../../agent/watch/agent.ts'
import { isAlive, readStatus, type Status } from '../../agent/watch/status.ts'
import { agentTrouble } from '../agent-trouble.ts'
import { addConfigOptions, configOf } from '../config-options.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import { ownCommand } from '../own-command.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { statusText } from '../watch-status.ts'

interface WatchCommandOptions {
  syslogCall?: true
  print?: true
  spool: boolean
  harvest: boolean
  status?: true
  json?: true
}

const printRoute = '*.* stdout'
/** So often it is looked whether somebody still reads what is printed. */
const READER_MS = 500

const widest = Math.max(...sources.map(({ name, argument }) => (argument ? `${name}:${argument}` : name).length))

const help = `
Sources, for Source= and --source:
${sources
  .map(({ name, argument, what }) => `  ${(argument ? `${name}:${argument}` : name).padEnd(widest)}  ${what}`)
  .join('\n')}

Several may be given. Begun again, the agent goes on where it was, with nothing lost that the kernel still has and
nothing twice. SIGHUP reads the configuration anew and opens the routes' files again, SIGTERM ends it in good order.

Examples:
  faultline watch                                        the service: this kernel, bundles in /var/lib/faultline
  faultline watch --print --no-spool                     every record on standard output, as it comes
  faultline watch --source netconsole::6666 --print      what other machines send
  dmesg --follow | faultline watch --source stdin        what a program brings
  faultline watch --status                               what the running agent has seen and lost

Exit status: 0 it was ended, or the sources ended and an exception was found; 1 they ended and none was; 2 it could
not go on.`

function define(command: Command): void {
  addConfigOptions(command, sections)
  command
    .option('-s, --syslog-call', 'read by syslog(2), as klogd -s does: the same as --source syslog')
    .option('--print', 'each record on standard output: the same as a route `*.* stdout`')
    .option('--no-spool', 'keep no bundles')
    .option('--no-harvest', 'leave what earlier boots left where it is')
    .option('--status', 'what the running agent says of itself')
    .addOption(new Option('--json', 'with --status: as JSON'))
    .addHelpText('after', help)
}

/** The configuration with what the command's own options change in it. */
function configFor(command: Command, terminal: Terminal): Config {
  const { config } = configOf(command, sections, terminal)
  const options = command.opts<WatchCommandOptions>()
  if (options.syslogCall) config.watch.source = ['syslog']
  if (options.print) config.routes.route = [...config.routes.route, printRoute]
  return config
}

async function showStatus(terminal: Terminal, { config, json }: { config: Config; json: boolean }): Promise<ExitCode> {
  let status: Status | undefined
  try {
    status = readStatus(config.watch.runtime)
  } catch (error) {
    throw new Trouble(`${config.watch.runtime}: the status cannot be read: ${messageOf(error)}`)
  }
  if (status === undefined) {
    terminal.complain(`no agent has run since the boot: there is no status in ${config.watch.runtime}`)
    return exitCode.nothing
  }
  await terminal.print(json ? `${JSON.stringify(status)}\n` : statusText(status, isAlive(status)))
  return isAlive(status) ? exitCode.found : exitCode.nothing
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<WatchCommandOptions>()
  const config = configFor(command, terminal)
  if (options.status) return showStatus(terminal, { config, json: options.json === true })
  const { promise: ended, resolve: end } = Promise.withResolvers<string | undefined>()
  const agent = await start({
    config,
    version,
    spool: options.spool,
    harvest: options.harvest,
    self: ownCommand(),
    tell: message => terminal.complain(message),
    ended: end,
  })
  let signalled = false
  const stop = (): void => {
    signalled = true
    end(undefined)
  }
  const reload = (): void => {
    try {
      agent.reload(configFor(command, terminal)).catch((error: unknown) => terminal.complain(messageOf(error)))
    } catch (error) {
      terminal.complain(`the configuration stays as it was: ${messageOf(error)}`)
    }
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', reload)
  // `faultline watch --print | head` ends with its reader.
  const looking = options.print ? setInterval(() => printed(agent) || stop(), READER_MS) : undefined
  const problem = await ended
  clearInterval(looking)
  await agent.stop(signalled)
  process.off('SIGTERM', stop)
  process.off('SIGINT', stop)
  process.off('SIGHUP', reload)
  if (problem !== undefined) throw new Trouble(problem)
  return signalled || (agent.status()?.reports['found'] ?? 0) > 0 ? exitCode.found : exitCode.nothing
}

const printed = (agent: Agent): boolean =>
  !agent.status()?.routes.some(({ route, down }) => route === printRoute && down === 1)

async function start(options: AgentOptions): Promise<Agent> {
  try {
    return await Agent.start(options)
  } catch (error) {
    throw agentTrouble(error)
  }
}

export const watch: CommandDefinition = {
  name: 'watch',
  summary: 'the agent: reads what the kernel says, hands it on, keeps every exception',
  define,
  run,
}
