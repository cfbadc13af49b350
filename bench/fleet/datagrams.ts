// netconsole at rising rates until something is lost: the server beside rsyslogd on the same stream. (netconsd, the usual receiver,
// is not to be had from Debian.)

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** of each rate */
export const SECONDS = 4
export const HOSTS = 16

export interface RateResult {
  rate: number
  sent: number
  lost: number
  cpuSeconds: number
}

interface Receiver {
  child: ChildProcess
  port: number
  received(): number
}

/** Extended records of several kernels, each with its own address and numbers, 200 bytes on average. */
async function send(port: number, rate: number): Promise<number> {
  const sockets = await Promise.all(
    Array.from({ length: HOSTS }, async (_, host) => {
      const socket = createSocket('udp4')
      await new Promise<void>(resolve => socket.bind(0, `127.0.1.${host + 1}`, resolve))
      socket.connect(port, '127.0.0.1')
      await new Promise<void>(resolve => socket.once('connect', () => resolve()))
      return socket
    }),
  )
  let sent = 0
  const began = performance.now()
  while (performance.now() - began < SECONDS * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * rate)
    for (; sent < due; sent++) {
      const sequence = Math.floor(sent / HOSTS)
      const text = `6,${sequence},${sequence * 17},-;usb 1-${sequence % 8}: device descriptor read/64, ${'detail '.repeat(18)}${sequence}\n`
      sockets[sent % HOSTS]!.send(text)
    }
    await sleep(1)
  }
  await sleep(500)
  for (const socket of sockets) socket.close()
  return sent
}

const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function measured(receiver: Receiver, rate: number): Promise<RateResult> {
  const before = { cpu: cpuOf(receiver.child.pid!), received: receiver.received() }
  const sent = await send(receiver.port, rate)
  // What is in the socket is taken yet.
  let last = -1
  for (let now = receiver.received(); now !== last; now = receiver.received()) {
    last = now
    await sleep(1500)
  }
  const received = last - before.received
  return { rate, sent, lost: Math.max(0, sent - received), cpuSeconds: cpuOf(receiver.child.pid!) - before.cpu }
}

/** At each rate, one after the other; then it is ended. */
async function allMeasured(receiver: Receiver, rates: readonly number[]): Promise<RateResult[]> {
  try {
    const results: RateResult[] = []
    for (const rate of rates) results.push(await measured(receiver, rate))
    return results
  } finally {
    receiver.child.kill('SIGTERM')
    await once(receiver.child, 'exit')
  }
}

export async function serverRates(
  node: string,
  command: string,
  folder: string,
  rates: readonly number[],
): Promise<RateResult[]> {
  const port = 16_666
  const child = spawn(
    node,
    [command, 'serve', '--data', folder, '--listen', '127.0.0.1:0', '--receive', `netconsole:127.0.0.1:${port}`],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await sleep(4000)
  const status = join(folder, 'received/run/status.json')
  const received = (): number => JSON.parse(readFileSync(status, 'utf8')).sources[0].stats.datagrams
  return allMeasured({ child, port, received }, rates)
}

export async function rsyslogRates(folder: string, rates: readonly number[]): Promise<RateResult[]> {
  const port = 16_667
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
  await sleep(2000)
  const received = (): number => {
    let lines = 0
    for (const byte of readFileSync(out)) if (byte === 10) lines++
    return lines
  }
  return allMeasured({ child, port, received }, rates)
}
