// Runs one collector: in a session of its own, with nothing of the agent's environment, in a folder of its own, for a time
// and a size. What it printed until then is kept.

import { type ChildProcess, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RunLimits {
  timeoutMs: number
  maxBytes: number
}

/** How a collector ended, as index.json says it. */
export interface Outcome {
  /** exit status; absent where a signal ended it or it did not start */
  exit?: number
  signal?: string
  durationMs: number
  /** it had more to say than is kept */
  truncated?: true
  /** it took too long and was killed */
  timedOut?: true
  /** the agent ended first */
  interrupted?: true
  /** it did not even die of SIGKILL: it hangs inside the kernel */
  stuck?: true
  /** why it could not start, or its output could not be kept */
  problem?: string
}

/** A killed process has so long to be gone; one that hangs in the kernel never will be. */
const DEATH_MS = 2000

/** What it left in the pipe is read so long after its end: a child of it may hold the other side open. */
const DRAIN_MS = 500

/** Lowest priority but idle: the machine has trouble enough. */
const NICE = 10

/**
 * The program comes as arguments, which the shell does not read. When memory runs out a collector goes before anything
 * else does (proc_pid_oom_score_adj(5)), and it leaves no core.
 */
const wrapper = 'ulimit -c 0 2>/dev/null; echo 900 2>/dev/null >/proc/self/oom_score_adj; exec "$@" 2>&1'

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface Job {
  command: readonly string[]
  /** private to it; also HOME and TMPDIR */
  folder: string
  /** safe words only: a script might let a shell read them */
  environment: Readonly<Record<string, string>>
}

/** Keeps bytes and says how many it took; fewer than it was given: there is no more room. */
export type Keep = (bytes: Uint8Array) => Promise<number>

/** `keep` gets what it prints, in order; when that throws, the collector is ended. Never throws. */
export async function runCollector(
  { command, folder, environment }: Job,
  { timeoutMs, maxBytes }: RunLimits,
  keep: Keep,
  signal: AbortSignal,
): Promise<Outcome> {
  const began = performance.now()
  const outcome: Outcome = { durationMs: 0 }
  const child = spawn('/bin/sh', ['-c', wrapper, 'sh', ...command], {
    cwd: folder,
    env: { PATH: searchPath, LC_ALL: 'C', HOME: folder, TMPDIR: folder, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  if (child.pid !== undefined) lowerPriority(child.pid)
  const patience = new Patience()
  const kill = (): void => {
    killGroup(child)
    patience.begin()
  }
  const stop = (why: 'timedOut' | 'truncated' | 'interrupted'): void => {
    outcome[why] = true
    kill()
  }
  const timer = setTimeout(() => stop('timedOut'), timeoutMs)
  const interrupt = (): void => stop('interrupted')
  if (signal.aborted) interrupt()
  else signal.addEventListener('abort', interrupt, { once: true })

  const reading = keepOutput(child.stdout!, maxBytes, keep, () => stop('truncated')).catch((error: unknown) => {
    outcome.problem = `its output could not be kept: ${error instanceof Error ? error.message : String(error)}`
    kill()
  })
  const end = await Promise.race([endOf(child), patience.over])
  clearTimeout(timer)
  signal.removeEventListener('abort', interrupt)
  // Whoever it started and left behind goes too.
  killGroup(child)
  await Promise.race([reading, sleep(DRAIN_MS)])
  child.stdout!.destroy()
  child.unref()
  Object.assign(outcome, end, outcome.problem === undefined ? {} : { problem: outcome.problem }, {
    durationMs: Math.round(performance.now() - began),
  })
  return outcome
}

/** After a kill the end is waited for only so long. */
class Patience {
  readonly over: Promise<End>
  #giveUp: (end: End) => void = () => {}
  constructor() {
    this.over = new Promise(resolve => {
      this.#giveUp = resolve
    })
  }
  begin(): void {
    setTimeout(() => this.#giveUp({ stuck: true }), DEATH_MS).unref()
  }
}

type End = Pick<Outcome, 'exit' | 'signal' | 'problem' | 'stuck'>

const endOf = (child: ChildProcess): Promise<End> =>
  new Promise(resolve => {
    child.on('error', error => resolve({ problem: `it could not be started: ${error.message}` }))
    child.on('exit', (exit, signal) => resolve(exit === null ? { signal: signal ?? 'unknown' } : { exit }))
  })

/** setsid(2) made its number that of its group. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // all of the group have gone
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICE)
  } catch {
    // gone already
  }
}

async function keepOutput(stream: Readable, maxBytes: number, keep: Keep, full: () => void): Promise<void> {
  let kept = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const fits = chunk.subarray(0, maxBytes - kept)
      const took = fits.length === 0 ? 0 : await keep(fits)
      kept += took
      if (took < chunk.length) return full()
    }
  } catch (error) {
    // We close it ourselves when its other side stays open.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  }
}
