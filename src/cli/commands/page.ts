// faultline up: the page on which a log is pasted or dropped, decoded in the browser. What bare `npm start` runs.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type PageServer, servePage } from '../../server/page.ts'
import { exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'

const defaultListen = '127.0.0.1:8787'

const help = `
The log never leaves the browser: the page is a few files that this command serves, and the decoder runs in it.
Ctrl-C ends it.`

/** "127.0.0.1:8787", "[::1]:0", ":8080" (all of this machine's own), "8080". */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:\s]*):)?(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65535) {
    throw new Trouble(`--listen ${text}: expected HOST:PORT, for example ${defaultListen} or [::1]:8080`)
  }
  const host = (match.groups?.['host'] ?? '').replace(/^\[|\]$/g, '')
  return { host: host === '' ? '127.0.0.1' : host, port }
}

/** Beside the bundled command, or in dist/ of the source tree. */
function pageFolder(): string {
  const folders = [join(import.meta.dirname, 'web'), join(import.meta.dirname, '../../../dist/web')]
  const folder = folders.find(candidate => existsSync(join(candidate, 'index.html')))
  if (folder === undefined) throw new Trouble('the page is not built. Run: npm run build')
  return folder
}

async function start(listen: string | undefined): Promise<PageServer> {
  const { host, port } = parseListen(listen ?? defaultListen)
  try {
    return await servePage({ folder: pageFolder(), host, port, orNext: listen === undefined })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const what: Partial<Record<string, string>> = {
      EADDRINUSE: 'another program listens there. Give another port with --listen HOST:PORT.',
      EACCES: 'ports below 1024 are for root. Give another with --listen HOST:PORT.',
      EADDRNOTAVAIL: 'this machine has no such address. 127.0.0.1 always works.',
      ENOTFOUND: 'no such host name. 127.0.0.1 always works.',
    }
    const reason = typeof code === 'string' ? what[code] : undefined
    if (reason === undefined) throw error
    throw new Trouble(`cannot listen on ${host}:${port}: ${reason}`)
  }
}

/** Until someone ends it. */
const interrupted = (): Promise<void> =>
  new Promise(resolve => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })

async function run(terminal: Terminal, command: Command): Promise<0> {
  const server = await start(command.opts<{ listen?: string }>().listen)
  await terminal.print(`Faultline is at ${server.url}  (Ctrl-C ends it)\n`)
  await interrupted()
  await server.close()
  return exitCode.found
}

export const page: CommandDefinition = {
  name: 'up',
  summary: 'serve the page that decodes logs in the browser',
  define: command => {
    command.option('--listen <HOST:PORT>', `where to serve (default: ${defaultListen}, or the next free port)`)
    command.addHelpText('after', help)
  },
  run,
}
