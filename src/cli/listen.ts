// Where a server of ours listens: --listen, and what the system says of it in words.

import { Trouble } from './exit.ts'

/** "127.0.0.1:8787", "[::1]:0", ":8080" (all of this machine's own), "8080". */
export function parseListen(text: string, example = '127.0.0.1:8787'): { host: string; port: number } {
  const match = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:\s]*):)?(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65535) {
    throw new Trouble(`--listen ${text}: expected HOST:PORT, for example ${example} or [::1]:8080`)
  }
  const host = (match.groups?.['host'] ?? '').replace(/^\[|\]$/g, '')
  return { host: host === '' ? '127.0.0.1' : host, port }
}

const reasons: Partial<Record<string, string>> = {
  EADDRINUSE: 'another program listens there. Give another port with --listen HOST:PORT.',
  EACCES: 'ports below 1024 are for root. Give another with --listen HOST:PORT.',
  EADDRNOTAVAIL: 'this machine has no such address. 127.0.0.1 always works.',
  ENOTFOUND: 'no such host name. 127.0.0.1 always works.',
}

/** A system's error of listen(2) as Trouble; others as they are. */
export function listenTrouble(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error && 'syscall' in error ? error.code : undefined
  const about = error as { syscall?: string }
  const reason = about.syscall === 'listen' || about.syscall === 'getaddrinfo' ? reasons[String(code)] : undefined
  return reason === undefined ? error : new Trouble(`cannot listen on ${host}:${port}: ${reason}`)
}

/** Until someone ends it. */
export const interrupted = (): Promise<void> =>
  new Promise(resolve => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
