// What watching signals costs, beside perf and bpftrace on the same burst: how much longer the sender takes, the watcher's
// processor time, and how many of the signals it told of.
//
//   npm run bench -- events [--runs N] [--signals N] [--write]
//
// Needs root and a kernel with tracefs; tools that are not installed are left out and said.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { isInstalled, median } from './decode/measure.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    signals: { type: 'string', default: '300000' },
    write: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const signals = Number(values.signals)
const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** SIGWINCH does nothing to who has not asked for it. */
const WINCH = 28
const outFile = join(scratch, 'out')

interface Watcher {
  name: string
  program: string
  args: readonly string[]
  /** events that its output tells of; undefined where it only counts or keeps them in a form of its own */
  told?(output: string): number
}

const lines = (pattern: RegExp) => (output: string) => output.split('\n').filter(line => pattern.test(line)).length
const faultline = (...args: string[]): Pick<Watcher, 'program' | 'args'> => ({
  program: process.execPath,
  args: [join(root, 'dist/faultline.mjs'), 'events', 'signal', '--signal', 'WINCH', ...args],
})
const bpf = (action: string): string => `tracepoint:signal:signal_generate /args->sig == ${WINCH}/ { ${action} }`

const watchers: readonly Watcher[] = [
  { name: 'faultline events, a line each', ...faultline('--buffer-kb', '16384'), told: lines(/SIGWINCH/) },
  { name: 'faultline events --json', ...faultline('--json', '--buffer-kb', '16384'), told: lines(/SIGWINCH/) },
  { name: 'faultline events --top', ...faultline('--top', '--buffer-kb', '16384') },
  {
    name: 'perf trace',
    program: 'perf',
    args: ['trace', '-a', '--no-syscalls', '-e', 'signal:signal_generate', '--filter', `sig==${WINCH}`],
    told: lines(/signal_generate/),
  },
  {
    name: 'perf record',
    program: 'perf',
    args: ['record', '-q', '-a', '-e', 'signal:signal_generate', '--filter', `sig==${WINCH}`, '-o', '/dev/null'],
  },
  {
    name: 'bpftrace, a line each',
    program: 'bpftrace',
    args: ['-e', bpf('printf("%s %d %d\\n", comm, pid, args->pid);')],
    told: lines(/^perl /),
  },
  { name: 'bpftrace, counting', program: 'bpftrace', args: ['-e', bpf('@[comm] = count();')] },
]

/** Seconds that the sender takes for its signals. */
function burst(): number {
  const began = process.hrtime.bigint()
  spawnSync('perl', ['-e', `kill ${WINCH}, $$ for 1..${signals}`])
  return Number(process.hrtime.bigint() - began) / 1e9
}

/** Seconds of processor time so far; /proc/PID/stat counts in hundredths. */
function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

interface Measured {
  seconds: number
  processor: number
  told?: number
}

async function measured({ program, args, told }: Watcher): Promise<Measured> {
  const child = spawn('sh', ['-c', 'exec "$@" >"$0" 2>&1', outFile, program, ...args], { stdio: 'ignore' })
  const ended = new Promise(resolve => child.once('exit', resolve))
  await sleep(2500)
  const pid = child.pid ?? 0
  const before = processorTime(pid)
  const seconds = burst()
  // Until it has told of all that came.
  for (let last = -1, now = processorTime(pid); now !== last; ) {
    last = now
    await sleep(500)
    now = processorTime(pid)
  }
  const processor = processorTime(pid) - before
  child.kill('SIGINT')
  await ended
  return { seconds, processor, ...(told === undefined ? {} : { told: told(readFileSync(outFile, 'latin1')) }) }
}

const alone = median(Array.from({ length: runs }, burst))
const rows: string[] = []
for (const watcher of watchers) {
  if (watcher.program !== process.execPath && !isInstalled(watcher.program)) {
    process.stdout.write(`${watcher.name}: ${watcher.program} is not installed\n`)
    continue
  }
  const results: Measured[] = []
  for (let run = 0; run < runs; run++) results.push(await measured(watcher))
  const seconds = median(results.map(each => each.seconds))
  const processor = median(results.map(each => each.processor))
  const all = results.map(each => each.told)
  const told = all.every(each => each !== undefined) ? `${median(all.filter(each => each !== undefined))}` : '–'
  rows.push(
    `| ${watcher.name} | ${(seconds / alone).toFixed(2)} | ${processor.toFixed(2)} | ${((processor / signals) * 1e6).toFixed(1)} | ${told} |`,
  )
  process.stdout.write(`${rows.at(-1)}\n`)
}

const grouped = (count: number): string => count.toLocaleString('en')

const table = `# What watching signals costs

\`npm run bench -- events\`: ${grouped(signals)} signals that one process sends itself as fast as it can, ${grouped(Math.round(signals / alone / 1000) * 1000)} a
second when nobody watches (median of ${runs}). ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} processors. "Longer" is the sender's time as
a multiple of that; processor time is the watcher's own, to its last line.

| watcher | sender, times longer | processor s | µs an event | events told of |
|---|---|---|---|---|
${rows.join('\n')}
`
process.stdout.write(`\n${table}`)
if (values.write) writeFileSync(join(root, 'bench/RESULTS-events.md'), table)
