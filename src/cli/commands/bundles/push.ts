// faultline bundles push: bundles to a server, until it has acknowledged them.

import { access, constants } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { serverSection } from '../../../agent/config/sections/server.ts'
import { spoolSection } from '../../../agent/config/sections/spool.ts'
import { type PushEvent, pushBundles } from '../../../agent/push/push.ts'
import { enrolAt, PushError } from '../../../agent/push/server.ts'
import { type PushState, readState, stateFile, writeState } from '../../../agent/push/state.ts'
import { configOf } from '../../config-options.ts'
import { type ExitCode, exitCode, Trouble } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { addSpoolOptions, withSpool } from '../../spool-options.ts'
import type { Terminal } from '../../terminal.ts'

interface PushCommandOptions {
  code?: string
  host?: string
  follow?: true
  json?: true
}

interface Asked {
  code: string | undefined
  /** of this machine with the server; undefined: its host name */
  host: string | undefined
  /** the code was given now, not in the configuration, where it may be used up */
  given: boolean
}

/** How often the spool is looked at. */
const LOOK_MS = 2000
/** Of one bundle, when the command is to end. */
const TRIES = 5

const help = `
The first time with the code that the server's owner gave: the host gets its token, which is kept in server.json below
--data with what was sent. Then without URL and code. Url= and Code= in [Server] of the configuration do the same, and have
the agent send what comes. A server that is away or full is asked again, later each time.

Examples:
  faultline bundles push https://faultline.example.com:8788/ --code fle_…
  faultline bundles push --follow           goes on, and sends what comes

Exit status: 0 bundles were sent, 1 there was nothing to send, 2 not all could be sent.`

function define(command: Command): void {
  command
    .argument('[URL]', 'of the server; none: the one of the last time')
    .option('--code <CODE>', 'the one-time code for this host')
    .option('--host <NAME>', 'the name of this host with the server (default: its host name)')
    .option('--follow', 'do not end: send what comes')
    .option('--json', 'one JSON object a line: {bundle, what}')
  addSpoolOptions(command)
  command.addHelpText('after', help)
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<PushCommandOptions>()
  const { spool: kept, server } = configOf(command, [spoolSection, serverSection], terminal).config
  const { data } = kept
  const state = await stateOf(data, command.args[0] ?? server.url, {
    code: options.code ?? server.code,
    host: options.host ?? server.name,
    given: options.code !== undefined,
  })
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())
  const counts = { sent: 0, failed: 0 }
  const told = (event: PushEvent): void => {
    if (event.what === 'refused' || event.what === 'unreadable') counts.failed++
    else if (event.what !== 'waiting') counts.sent++
    if (options.json) void terminal.print(`${JSON.stringify(event)}\n`)
    else if ('why' in event) terminal.complain(`${event.bundle} ${event.what}: ${event.why}`)
    else void terminal.print(`${event.bundle} ${event.what}\n`)
  }
  const tries = options.follow ? Number.POSITIVE_INFINITY : TRIES
  return withSpool(data, { readOnly: true }, async spool => {
    try {
      do {
        await pushBundles({ spool, data, state, tries, told, signal: ending.signal })
        if (options.follow) await sleep(LOOK_MS, undefined, { signal: ending.signal })
      } while (options.follow)
    } catch (error) {
      if (error instanceof PushError) throw new Trouble(`${error.message}. What is left stays in the spool.`)
      if (!ending.signal.aborted) throw error
    }
    return counts.failed > 0 ? exitCode.trouble : counts.sent > 0 ? exitCode.found : exitCode.nothing
  })
}

/** The server that is known, or a new one for a code. */
async function stateOf(
  data: string,
  url: string | undefined,
  { code, host = hostname(), given }: Asked,
): Promise<PushState> {
  const known = await readState(data)
  if (!given && known !== undefined && (url === undefined || same(url, known.url))) return known
  if (code === undefined) {
    throw new Trouble(
      known === undefined
        ? `there is no server in ${stateFile(data)}. Give its URL, and --code with a code of its owner.`
        : `${url} is not the server of ${stateFile(data)}, ${known.url}. Give --code with a code of its owner.`,
    )
  }
  const target = url ?? known?.url
  if (target === undefined || !/^https?:$/.test(URL.parse(target)?.protocol ?? '')) {
    throw new Trouble(`${target ?? '--code'}: expected the server's URL, such as https://faultline.example.com:8788/`)
  }
  try {
    // A code works once: where the token could not be kept it is not used up.
    await access(data, constants.W_OK)
    const token = await enrolAt(target, code, host)
    const sent = known !== undefined && same(target, known.url) && known.host === host ? known.sent : {}
    const state: PushState = { schema: 'faultline.server/1', url: target, host, token, sent }
    await writeState(data, state)
    return state
  } catch (error) {
    if (error instanceof PushError) throw new Trouble(error.message)
    if (error instanceof Error && 'syscall' in error) {
      throw new Trouble(
        `${stateFile(data)} cannot be written: ${error.message}. Run as root, or choose another --data.`,
      )
    }
    throw error
  }
}

const same = (one: string, other: string): boolean => URL.parse(one)?.origin === URL.parse(other)?.origin

export const push: CommandDefinition = {
  name: 'push',
  summary: 'send bundles to a server',
  define,
  run,
}
