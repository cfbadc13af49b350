// What a probe costs, beside bpftrace and perf on the same calls: how much longer the caller takes. And whether all tell the
// same: arguments and results of the calls of one run, all watching at once.
//
//   npm run bench -- probe [--runs N] [--calls N] [--write]
//
// In a guest of the lab with Debian's kernel, where functions can be probed whatever this machine's own kernel is. It runs
// without hardware acceleration, so only the ratios say something.

import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type OpenGuest, openGuest } from '../lab/open-guest.ts'
import { tracingDisk, useTracingDisk } from '../lab/tracing-tools.ts'
import type { ProbedCall } from '../src/agent/probe/probe-watch.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    calls: { type: 'string', default: '20000' },
    write: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const calls = Number(values.calls)

interface Watcher {
  name: string
  /** shell: begins to watch vfs_read() of dd, its words to /tmp/out */
  command: string
  /** shell: true when it watches */
  ready: string
  before?: string
  after?: string
  /** grep's pattern for a line of its output that tells of one call */
  told?: string
}

const faultline = (options: string): string => `faultline probe 'vfs_read(count)' --comm dd --rate 1000000 ${options}`
const ourProbes = 'grep -q 1 /sys/kernel/tracing/instances/faultline*/events/faultline*/vfs_read_0/enable'
const attached = 'grep -q . /tmp/out'
const bpf = (entry: string, back: string): string =>
  `tool bpftrace -e 'BEGIN { printf("begin\\n") } kprobe:vfs_read /comm == "dd"/ { ${entry} } kretprobe:vfs_read /comm == "dd"/ { ${back} }'`
const perfProbes = `tool perf probe -q --add 'vfs_read count=%dx' --add 'vfs_read%return ret=$retval'`

const watchers: readonly Watcher[] = [
  { name: 'faultline probe --json', command: faultline('--json'), ready: ourProbes, told: '"vfs_read"' },
  { name: 'faultline probe, a line each', command: faultline(''), ready: ourProbes, told: 'vfs_read' },
  { name: 'faultline probe --tally', command: faultline('--tally'), ready: ourProbes },
  {
    name: 'bpftrace, a line each',
    command: bpf('@n[tid] = arg2;', 'printf("%d %d %d\\n", pid, @n[tid], retval); delete(@n[tid]);'),
    ready: attached,
    told: '^[0-9]',
  },
  { name: 'bpftrace, counting', command: bpf('@n[tid] = arg2;', '@ = count(); delete(@n[tid]);'), ready: attached },
  {
    name: 'perf trace',
    before: perfProbes,
    // It tells on standard error unless told where.
    command: `tool perf trace --output /tmp/out -a --no-syscalls -e 'probe:vfs_read*' --filter 'common_pid != 0'`,
    ready: 'sleep 20',
    told: 'probe:vfs_read__return.*|probe:vfs_read_ret.*',
    after: 'tool perf probe -q --del "vfs_read*"',
  },
]

const read = (count: number): string => `dd if=/dev/zero of=/dev/null bs=1 count=${count} 2>/dev/null`
/** Nanoseconds since the guest was started: /proc/uptime has hundredths of a second. */
const now = `awk '/^now at/ { print $3; exit }' /proc/timer_list`
const timed = `t=$(${now}); ${read(calls)}; echo "$t $(${now})"`

/** Seconds. */
async function burst(guest: OpenGuest): Promise<number> {
  const { output } = await guest.run(timed, 600)
  const [from = 0, to = 0] = output.trim().split(' ').map(Number)
  return (to - from) / 1e9
}

const begun = ({ before = ':', command, ready }: Watcher): string => `${before} >/tmp/before 2>&1
(${command} >/tmp/out 2>/tmp/said </dev/null & echo $! >/tmp/pid)
n=0; until { ${ready}; } 2>/dev/null || [ $n = 120 ]; do sleep 1; n=$((n+1)); done; sleep 2; [ $n -lt 120 ] || cat /tmp/before /tmp/said`
const over = (pid: string): string =>
  `kill -INT $(cat ${pid}) 2>/dev/null; n=0; while kill -0 $(cat ${pid}) 2>/dev/null && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done`

/** All watch the same calls: 200 reads, half of them of a directory, which fails. */
async function compared(guest: OpenGuest): Promise<number> {
  await guest.run('mkdir -p /tmp/d; echo something >/tmp/d/there')
  const [ours, , , theirs] = watchers
  const apart = ({ command, ready }: Watcher, name: string): string =>
    begun({ name, command, ready: ready.replace('/tmp/out', `/tmp/${name}`) })
      .replaceAll('/tmp/out', `/tmp/${name}`)
      .replaceAll('/tmp/pid', `/tmp/${name}.pid`)
  const started = await guest.run(`${apart(ours!, 'ours')}\n${apart(theirs!, 'theirs')}`, 600)
  assert.equal(started.output, '')
  await guest.run(
    'n=1; while [ $n -le 100 ]; do dd if=/tmp/d/there of=/dev/null bs=$((1000+n)) count=1; dd if=/tmp/d of=/dev/null bs=$((2000+n)) count=1; n=$((n+1)); done 2>/dev/null',
    600,
  )
  await guest.run(`sleep 3; ${over('/tmp/ours.pid')}; ${over('/tmp/theirs.pid')}`, 300)
  const text = (await guest.read('/tmp/ours')).toString().trim().split('\n')
  const told = text
    .map(line => JSON.parse(line) as ProbedCall)
    .map(({ task, arguments: given, result }) => `${task.pid} ${given['count']} ${result}`)
  const bpftrace = (await guest.read('/tmp/theirs')).toString().split('\n')
  const ofTheRun = (lines: string[]): string[] => lines.filter(line => /^\d+ [12][01]\d\d -?\d+$/.test(line)).sort()
  assert.equal(ofTheRun(told).length, 200)
  assert.deepEqual(ofTheRun(told), ofTheRun(bpftrace))
  return ofTheRun(told).length
}

const guest = await openGuest({
  faultline: true,
  processors: 2,
  memoryMb: 1024,
  qemu: [...(await tracingDisk()).qemu],
  atBoot: useTracingDisk,
})
const rows: string[] = []
try {
  const same = await compared(guest)
  process.stdout.write(`${same} calls: arguments and results are the same as bpftrace's\n`)
  // Whoever else uses the machine makes bursts slower, never faster: the fastest count, beside those just before and after.
  let before = await fastest(guest)
  for (const watcher of watchers) {
    const begin = await guest.run(begun(watcher), 600)
    if (begin.output !== '') process.stdout.write(`${watcher.name}: ${begin.output}\n`)
    const seconds = await fastest(guest)
    await guest.run(`sleep 3; ${over('/tmp/pid')}`, 300)
    const { output } = await guest.run(
      `grep -cE '${watcher.told ?? 'nothing at all'}' /tmp/out; ${watcher.after ?? ':'} >/dev/null 2>&1`,
      300,
    )
    const told = watcher.told === undefined ? '–' : String(Math.round(Number(output.trim()) / runs))
    const { output: lost } = await guest.run('grep -ihE "lost|missed" /tmp/said /tmp/out | tail -n 1')
    if (told === '0') {
      const { output: why } = await guest.run('head -n 5 /tmp/before /tmp/said /tmp/out')
      process.stdout.write(`${watcher.name} told of nothing:\n${why}\n`)
    }
    const after = await fastest(guest)
    rows.push(
      `| ${watcher.name} | ${(seconds / Math.min(before, after)).toFixed(2)} | ${told} | ${lost.trim().slice(0, 100) || '–'} |`,
    )
    process.stdout.write(`${rows.at(-1)}  ${seconds} s, ${before} s and ${after} s without\n`)
    before = after
  }
  const table = `# What a probe costs

\`npm run bench -- probe\`: ${calls.toLocaleString('en')} calls of \`vfs_read()\` that \`dd\` makes as fast as it can, its entry and its return probed. "Longer"
is the time of \`dd\` as a multiple of that without a probe, just before or after: the fastest of ${runs} each. In a guest with Debian's kernel ${(await guest.run('uname -r')).output.trim()}
and 2 processors that QEMU emulates without acceleration: only ratios say something.

| watcher | caller, times longer | calls told of, each run | its last word on losses |
|---|---|---|---|
${rows.join('\n')}

Of ${same} calls in one run with all watching, half of which failed, process, argument and result were the same as bpftrace printed.
`
  process.stdout.write(`\n${table}`)
  if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS-probe.md'), table)
} finally {
  await guest.stop()
}

async function fastest(guest: OpenGuest): Promise<number> {
  const seconds: number[] = []
  for (let run = 0; run < runs; run++) seconds.push(await burst(guest))
  return Math.min(...seconds)
}
