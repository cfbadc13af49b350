// faultline serve: the server that hosts send their bundles to.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { levelNames } from '../../agent/ring/printer.ts'
import { readSource, SourceError } from '../../agent/sources/index.ts'
import { type ProviderSettings, ProviderSettingsError, readProvider } from '../../server/access/provider-settings.ts'
import { isForGood } from '../../server/intake/refusal.ts'
import { type RunningServer, serve as startServer } from '../../server/serve.ts'
import { StoreHeld } from '../../server/store/lock.ts'
import { agentTrouble } from '../agent-trouble.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import { interrupted, listenTrouble, parseListen } from '../listen.ts'
import type { CommandDefinition } from '../program.ts'
import { openReceiver, type Receiver } from '../receiver.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'

export interface ServeCommandOptions {
  data: string
  listen: string
  tlsCert?: string
  tlsKey?: string
  publicUrl?: string
  oidc?: string
  proxy: string[]
  json?: true
  receive: string[]
  /** the least severity that is kept; undefined: none is */
  receiveLog: number | undefined
}

const defaultListen = '127.0.0.1:8788'

const help = `
The store is in \`server\` below --data, with the owner's token in admin-token. A host gets its own for a one-time code:

  curl -H "Authorization: Bearer $(cat /var/lib/faultline/server/admin-token)" --json '{"host":"board"}' \\
    http://127.0.0.1:8788/api/v1/enrolments
  faultline bundles push http://127.0.0.1:8788/ --code CODE      on that host

Kernels and syslog daemons without an agent are heard with --receive, by the names that faultline watch has:

  faultline serve --receive netconsole::6666 --receive syslog-tcp::514 --receive syslog-tls::6514,cert.pem,key.pem

What it can be asked is in /api/v1/openapi.json. Ctrl-C ends it; what was acknowledged is there again.`

function define(command: Command): void {
  command
    .option('--data <DIR>', 'where Faultline keeps what it has', '/var/lib/faultline')
    .option('--listen <HOST:PORT>', 'where to serve', defaultListen)
  addServeOptions(command)
  command.option('--json', 'print {url, data, tokenFile} when it listens').addHelpText('after', help)
}

/** What `serve` and `up` share. */
export function addServeOptions(command: Command): void {
  command
    .option('--tls-cert <FILE>', 'certificate and those between it and the root, PEM: serve HTTPS')
    .option('--tls-key <FILE>', 'its key, PEM')
    .option('--public-url <URL>', 'address by which people reach this server, for links in alerts and for logins')
    .option('--oidc <FILE>', 'an OpenID provider that people may log in with: docs/server.md')
    .option('--proxy <ADDRESS>', 'a proxy that says truly who asks; may be given several times', appended, [])
    .option('--receive <SOURCE>', 'what kernels send here by themselves; may be given several times', appended, [])
    .addOption(
      new Option(
        '--receive-log <LEVEL>',
        'what of it is kept as the log of its host: this severe and worse (emerg … debug), or none',
      )
        .argParser(levelOf)
        .default(7, 'debug'),
    )
}

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const options = command.opts<ServeCommandOptions>()
  const server = await start(terminal, options)
  const { url, tokenFile } = server
  const receiver = await receive(terminal, options, server)
  const line = options.json
    ? JSON.stringify({ url, data: options.data, tokenFile })
    : `Faultline serves at ${url}, its owner's token is in ${tokenFile}  (Ctrl-C ends it)`
  await terminal.print(`${line}\n`)
  await interrupted()
  await receiver?.close()
  await server.close()
  return exitCode.found
}

function levelOf(text: string): number | undefined {
  if (text === 'none') return undefined
  const level = /^[0-7]$/.test(text) ? Number(text) : (levelNames as readonly string[]).indexOf(text)
  if (level < 0) throw new InvalidArgumentError(`Expected one of ${levelNames.join(', ')}, 0 to 7, or none.`)
  return level
}

const appended = (value: string, before: string[]): string[] => [...before, value]

/** What kernels send by themselves goes to the server, which is closed where it cannot be heard. Throws Trouble. */
export async function receive(
  terminal: Terminal,
  { receive: sources, receiveLog, data }: Pick<ServeCommandOptions, 'receive' | 'receiveLog' | 'data'>,
  server: RunningServer,
): Promise<Receiver | undefined> {
  if (sources.length === 0) return undefined
  try {
    const own = sources.find(each => readSource(each).source.own)
    if (own !== undefined)
      throw new SourceError(`--receive ${own}: this machine's kernel is watched by faultline watch`)
    const receiver = await openReceiver({
      sources,
      data: join(data, 'received'),
      version,
      take: async (name, copy) => {
        await server.take(name, copy)
      },
      heard: await server.hears(receiveLog),
      refused: isForGood,
      tell: message => terminal.complain(message),
    })
    server.receives(() => receiver.counts())
    return receiver
  } catch (error) {
    await server.close()
    throw agentTrouble(error)
  }
}

/** `orNext`: where the port is taken, one of the next. */
export async function start(
  terminal: Terminal,
  options: Omit<ServeCommandOptions, 'receive' | 'receiveLog' | 'json'>,
  orNext = false,
): Promise<RunningServer> {
  const { host, port } = parseListen(options.listen, defaultListen)
  const tls = tlsOf(options)
  if (tls === undefined && !/^(?:127\.|::1$|localhost$)/.test(host)) {
    terminal.complain(
      `tokens and logs go over the network for all to read. Give --tls-cert and --tls-key, or put a proxy with TLS before it.`,
    )
  }
  const data = join(options.data, 'server')
  const log = (message: string, error: unknown): void =>
    terminal.complain(error instanceof Error && error.stack !== undefined ? `${message} (${error.stack})` : message)
  try {
    return await startServer({
      ...{ data, host, port, orNext, version, log },
      ...(tls === undefined ? {} : { tls }),
      ...(options.oidc === undefined ? {} : { provider: providerOf(options.oidc) }),
      ...(options.proxy.length === 0 ? {} : { proxies: options.proxy }),
      ...(options.publicUrl === undefined ? {} : { publicUrl: urlOf(options.publicUrl) }),
    })
  } catch (error) {
    if (error instanceof StoreHeld) throw new Trouble(error.message)
    const trouble = listenTrouble(error, host, port)
    if (trouble !== error || !(error instanceof Error) || !('code' in error)) throw trouble
    throw new Trouble(`${data}: ${error.message}. Is it a folder that this user can write to? Choose it with --data.`)
  }
}

function providerOf(file: string): ProviderSettings {
  try {
    return readProvider(file, readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Trouble(
      error instanceof ProviderSettingsError ? error.message : `${file} cannot be read: ${(error as Error).message}`,
    )
  }
}

function urlOf(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new Trouble(`--public-url ${text}: expected https://HOST[:PORT][/PATH]`)
  return text.endsWith('/') ? text : `${text}/`
}

function tlsOf({
  tlsCert,
  tlsKey,
}: Pick<ServeCommandOptions, 'tlsCert' | 'tlsKey'>): { cert: Buffer; key: Buffer } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new Trouble('--tls-cert and --tls-key belong together: give both.')
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file)
    } catch (error) {
      throw new Trouble(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { cert: read(tlsCert), key: read(tlsKey) }
}

export const serve: CommandDefinition = {
  name: 'serve',
  summary: 'the server that hosts send their exceptions to',
  define,
  run,
}
