// CPU time of other programs, as the shell's `time` gives it: user and system, all threads.

import { spawnSync } from 'node:child_process'

export interface Measured {
  /** user + system, median of the runs */
  cpuSeconds: number
  /** of the last run */
  output: string
}

export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0
}

export interface Command {
  program: string
  args: readonly string[]
  /** for its standard input */
  input?: string
}

/** Runs a program several times. Throws when it fails; exit code 1 is grep's way to say that there was nothing. */
export function measure(runs: number, command: Command): Measured {
  const seconds: number[] = []
  let output = ''
  for (let run = 0; run < runs; run++) {
    const one = runOnce(command)
    seconds.push(one.cpuSeconds)
    output = one.output
  }
  return { cpuSeconds: median(seconds), output }
}

function runOnce({ program, args, input = '' }: Command): Measured {
  // The shell's own line goes to descriptor 3, so that it does not mix with the program's messages.
  const script = 'TIMEFORMAT="%3U %3S"; { time "$@" 2>&4; } 4>&2 2>&3'
  const { status, output, error } = spawnSync('bash', ['-c', script, 'bash', program, ...args], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // Locale-aware matching is slower; for ASCII headers it finds the same.
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 28,
  })
  if (error !== undefined) throw error
  const [printed, messages, times] = output.slice(1).map(text => text ?? '')
  if (status !== 0 && status !== 1) throw new Error(`${program} ended with ${status}: ${messages}`)
  const [user = Number.NaN, system = Number.NaN] = (times ?? '').trim().split(' ').map(Number)
  return { cpuSeconds: user + system, output: printed ?? '' }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
