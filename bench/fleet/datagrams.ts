// netconsole at rising rates until something is lost: the server beside rsyslogd and, where it was built, netconsd, all on the same
// stream.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOSTS, Kernels } from './kernels.ts'
import type { Receiver } from './receivers.ts'

/** of each rate */
export const SECONDS = 4
/** A receiver listens by then, and knows each kernel's name: netconsd asks for it at its first record. */
const START_SECONDS = 60

export interface RateResult {
  sent: number
  lost: number
  cpuSeconds: number
}

/** At each rate, one after the other; then it is ended. */
export async function atRates(receiver: Receiver, rates: readonly number[]): Promise<RateResult[]> {
  const { child } = receiver
  const kernels = await Kernels.at(receiver.port)
  try {
    await listening(receiver, kernels)
    const results: RateResult[] = []
    for (const rate of rates) results.push(await measured(receiver, kernels, rate))
    return results
  } finally {
    kernels.close()
    if (!ended(child)) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function listening({ child, received }: Receiver, kernels: Kernels): Promise<void> {
  for (let second = 0; received() < HOSTS; second++) {
    if (ended(child) || second === START_SECONDS)
      throw new Error(`${child.spawnargs.join(' ')}: takes no record; expected one of each of ${HOSTS} kernels`)
    kernels.greet()
    await sleep(1000)
  }
  await settled(received)
}

async function measured({ child, received }: Receiver, kernels: Kernels, rate: number): Promise<RateResult> {
  const before = { cpu: cpuOf(child.pid!), received: received() }
  const sent = await kernels.sendAt(rate, SECONDS)
  const taken = (await settled(received)) - before.received
  return { sent, lost: Math.max(0, sent - taken), cpuSeconds: cpuOf(child.pid!) - before.cpu }
}

/** What is in the socket is taken yet. */
async function settled(received: () => number): Promise<number> {
  let last = -1
  for (let now = received(); now !== last; now = received()) {
    last = now
    await sleep(1500)
  }
  return last
}

/** Of all its threads, user and system, in seconds. proc_pid_stat(5). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
