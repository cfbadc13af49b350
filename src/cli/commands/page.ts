// faultline up: the page on which a log is pasted or dropped, decoded in the browser. What bare `npm start` runs.

import type { Command } from 'commander'
import { type PageServer, servePage } from '../../server/page.ts'
import { webFolder } from '../../server/web-folder.ts'
import { exitCode, Trouble } from '../exit.ts'
import { interrupted, listenTrouble, parseListen } from '../listen.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'

const defaultListen = '127.0.0.1:8787'

const help = `
The log never leaves the browser: the page is a few files that this command serves, and the decoder runs in it.
Ctrl-C ends it.`

function pageFolder(): string {
  const folder = webFolder()
  if (folder === undefined) throw new Trouble('the page is not built. Run: npm run build')
  return folder
}

async function start(listen: string | undefined): Promise<PageServer> {
  const { host, port } = parseListen(listen ?? defaultListen, defaultListen)
  try {
    return await servePage({ folder: pageFolder(), host, port, orNext: listen === undefined })
  } catch (error) {
    throw listenTrouble(error, host, port)
  }
}

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
