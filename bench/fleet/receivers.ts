// The programs that take netconsole in on this machine: the server, rsyslogd, and netconsd if it is there. Each is started with a
// folder of its own and says how many records it has.

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Receiver {
  child: ChildProcess
  /** of 127.0.0.1 */
  port: number
  /** records so far */
  received(): number
}

export async function server(node: string, command: string, folder: string): Promise<Receiver> {
  const port = await freePort()
  const child = spawn(
    node,
    [command, 'serve', '--data', folder, '--listen', '127.0.0.1:0', '--receive', `netconsole:127.0.0.1:${port}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const status = join(folder, 'received/run/status.json')
  const received = (): number =>
    existsSync(status) ? JSON.parse(readFileSync(status, 'utf8')).sources[0].stats.datagrams : 0
  return { child, port, received }
}

export async function rsyslogd(folder: string): Promise<Receiver> {
  const port = await freePort()
  mkdirSync(folder, { recursive: true })
  const out = join(folder, 'out')
  writeFileSync(out, '')
  const config = join(folder, 'rsyslog.conf')
  writeFileSync(
    config,
    `module(load="imudp" TimeRequery="100")
input(type="imudp" port="${port}" address="127.0.0.1" rcvbufSize="8m" ruleset="all")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="all") { action(type="omfile" file="${out}" template="raw") }
`,
  )
  const child = spawn('rsyslogd', ['-n', '-f', config, '-i', join(folder, 'pid')], { stdio: 'ignore' })
  return { child, port, received: () => linesOf(out) }
}

/**
 * @param program netconsd as its `make` builds it
 * @param module its output module that writes a file for each host into the folder it is started in, `modules/logger*.so`
 *   (README.md of https://github.com/facebook/netconsd)
 */
export async function netconsd(program: string, module: string, folder: string): Promise<Receiver> {
  const port = await freePort()
  mkdirSync(folder, { recursive: true })
  const child = spawn(program, ['-a', '::ffff:127.0.0.1', '-u', `${port}`, module], { cwd: folder, stdio: 'ignore' })
  const received = (): number => readdirSync(folder).reduce((sum, name) => sum + linesOf(join(folder, name)), 0)
  return { child, port, received }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(resolve))
  return port
}

function linesOf(path: string): number {
  let lines = 0
  for (const byte of readFileSync(path)) if (byte === 10) lines++
  return lines
}
