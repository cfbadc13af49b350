// The agent beside rsyslogd (imkmsg) and systemd-journald on the same stream of /dev/kmsg: memory and processor time, idle and in a
// storm. The storm is written by this program into the machine's own ring buffer, as user space's; it takes root.
//
//   npm run bench -- agent --records 200000 --write     bench/RESULTS-agent.md

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensurePrograms, root } from '../tools/install.mjs'

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    records: { type: 'string', default: '200000' },
    idle: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
  },
})
const records = Number(values.records)
const idleSeconds = Number(values.idle)
const throttle = '/proc/sys/kernel/printk_devkmsg'
/** USER_HZ, which is 100 on every architecture that Linux still has but alpha and ia64 */
const TICKS = 100

interface Peer {
  name: string
  /** starts it in a folder of its own; undefined: it is not to be had here */
  start(folder: string): ChildProcess | undefined
  /** where what it kept is, to see how much of the storm arrived */
  output(folder: string): string
  /** ends it so that all is written */
  signal?: NodeJS.Signals
}

const agent = (name: string, more: (folder: string) => string[]): Peer => ({
  name,
  start: folder =>
    spawn(
      process.execPath,
      [
        join(root, 'dist/faultline.mjs'),
        'watch',
        '--source',
        'kmsg',
        '--no-harvest',
        '--collect',
        'no',
        ...more(folder),
      ].concat('--data', join(folder, 'data'), '--runtime', join(folder, 'run')),
      { stdio: 'ignore' },
    ),
  output: folder => join(folder, 'out.log'),
})

const peers: readonly Peer[] = [
  agent('faultline watch, exceptions only', () => []),
  agent('faultline watch, all to a file', folder => ['--route', `*.* -${folder}/out.log format=text`]),
  {
    name: 'rsyslogd, imkmsg to a file',
    start(folder) {
      const config = `module(load="imkmsg")\nglobal(workDirectory="${folder}")\n*.* action(type="omfile" file="${folder}/out.log")\n`
      writeFileSync(join(folder, 'rsyslog.conf'), config)
      const args = ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')]
      return spawn('rsyslogd', args, { stdio: 'ignore' })
    },
    output: folder => join(folder, 'out.log'),
  },
  {
    name: 'systemd-journald',
    start(folder) {
      const journald = ['/usr/lib/systemd/systemd-journald', '/lib/systemd/systemd-journald'].find(existsSync)
      if (journald === undefined) return undefined
      mkdirSync(join(folder, 'journal'))
      // In a mount namespace: it takes /run/systemd/journal and /run/log/journal for its own.
      const script = `mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/log/journal && mount --bind ${folder}/journal /run/log/journal
exec ${journald}`
      return spawn('unshare', ['-m', 'sh', '-c', script], { stdio: 'ignore' })
    },
    output: folder => join(folder, 'journal'),
  },
]

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function usage(pid: number): { seconds: number; rssMb: number; ownMb: number; peakMb: number } {
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024
  return {
    seconds: (Number(words[11]) + Number(words[12])) / TICKS,
    rssMb: megabytes('VmRSS'),
    ownMb: megabytes('RssAnon'),
    peakMb: megabytes('VmHWM'),
  }
}

/** Kernel-like lines, as fast as the ring takes them. */
function storm(count: number): number {
  const descriptor = openSync('/dev/kmsg', 'w')
  const began = performance.now()
  for (let index = 0; index < count; index++)
    writeSync(descriptor, `<14>bench: line ${index}: nvme nvme0: I/O 123 (I/O Cmd) QID 4 timeout, completion polled\n`)
  closeSync(descriptor)
  return (performance.now() - began) / 1000
}

/** Until it has used no processor time for a while: all is taken. */
async function settled(pid: number): Promise<void> {
  for (let last = -1, same = 0; same < 4; ) {
    await pause(250)
    const { seconds } = usage(pid)
    same = seconds === last ? same + 1 : 0
    last = seconds
  }
}

interface Result {
  name: string
  idleRss: number
  /** of it not pages of files, which processes share and the kernel takes back */
  idleOwn: number
  idleCpu: number
  stormCpu: number
  peak: number
  wall: number
  arrived: string
  /** records that it has read, where that is known */
  taken: number
}

async function measure(peer: Peer): Promise<Result | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
  const child = peer.start(folder)
  try {
    if (child?.pid === undefined) return undefined
    // By then the agent has given back what its start took.
    await pause(15_000)
    if (child.exitCode !== null) return undefined
    await settled(child.pid)
    const before = usage(child.pid)
    await pause(idleSeconds * 1000)
    const idle = usage(child.pid)
    const wall = storm(records)
    await settled(child.pid)
    const after = usage(child.pid)
    child.kill('SIGTERM')
    await new Promise(resolve => child.once('close', resolve))
    return {
      name: peer.name,
      idleRss: idle.rssMb,
      idleOwn: idle.ownMb,
      idleCpu: ((idle.seconds - before.seconds) / idleSeconds) * 100,
      stormCpu: after.seconds - idle.seconds,
      peak: after.peakMb,
      wall,
      ...arrivedIn(peer, folder),
    }
  } finally {
    child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How many of the storm's lines it has taken, by what it kept or says itself. */
function arrivedIn(peer: Peer, folder: string): { arrived: string; taken: number } {
  const status = join(folder, 'run/status.json')
  if (existsSync(status)) {
    const { sources } = JSON.parse(readFileSync(status, 'utf8')) as { sources: { records: number; lost: number }[] }
    const { records: taken, lost } = sources[0]!
    return { arrived: `${taken} read, ${lost} counted as lost`, taken }
  }
  const output = peer.output(folder)
  if (!existsSync(output)) return { arrived: 'not known', taken: 0 }
  if (statSync(output).isDirectory()) {
    const read = spawnSync('journalctl', ['--directory', output, '--quiet', '--output', 'cat'], {
      encoding: 'latin1',
      maxBuffer: 1024 ** 3,
    })
    const taken = read.stdout.split('bench: line').length - 1
    return taken === 0 ? { arrived: 'not known', taken } : { arrived: `${taken} in the journal`, taken }
  }
  const taken = readFileSync(output, 'latin1').split('bench: line').length - 1
  return { arrived: `${taken} written`, taken }
}

/** Milliseconds from the start of the process to its first record on standard output, of one start after another. */
async function firstRecords(starts: number): Promise<number[]> {
  const times: number[] = []
  for (let count = 0; count < starts; count++) {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
    const began = performance.now()
    const args = ['watch', '--source', 'kmsg', '--print', '--no-spool', '--runtime', folder, '--data', folder]
    const child = spawn(process.execPath, [join(root, 'dist/faultline.mjs'), ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await new Promise(resolve => child.stdout.once('data', resolve))
    times.push(performance.now() - began)
    child.stdout.resume()
    child.kill()
    await new Promise(resolve => child.once('close', resolve))
    rmSync(folder, { recursive: true, force: true })
  }
  return times.sort((a, b) => a - b)
}

/** Milliseconds from the last line of an exception to its bundle, of one exception after another. */
async function bundleTimes(count: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
  const log = join(folder, 'kern.log')
  const spool = join(folder, 'data/bundles')
  writeFileSync(log, '')
  const args = ['watch', '--source', `file:${log}`, '--no-harvest', '--collect', 'no', '--runtime', folder]
  const child = spawn(process.execPath, [join(root, 'dist/faultline.mjs'), ...args, '--data', join(folder, 'data')], {
    stdio: 'ignore',
  })
  const bundles = (): number => (existsSync(spool) ? readdirSync(spool).filter(name => /^\d/.test(name)).length : 0)
  const report = readFileSync(join(root, 'fixtures/kinds/warning/x86_64-6.1-module/input.log'))
  const times: number[] = []
  await pause(2000)
  for (let index = 0; index < count; index++) {
    appendFileSync(log, report)
    const began = performance.now()
    while (bundles() === index) await pause(2)
    times.push(performance.now() - began)
  }
  child.kill()
  await new Promise(resolve => child.once('close', resolve))
  rmSync(folder, { recursive: true, force: true })
  return times.sort((a, b) => a - b)
}

ensurePrograms({ rsyslogd: 'rsyslog' })
const starts = await firstRecords(7)
const kept = await bundleTimes(9)
const bare = spawnSync(process.execPath, ['-e', 'console.log(process.memoryUsage.rss())'], { encoding: 'utf8' })
const former = readFileSync(throttle, 'utf8').trim()
writeFileSync(throttle, 'on\n')
const results: Result[] = []
try {
  for (const peer of peers) {
    const result = await measure(peer)
    if (result) results.push(result)
    else process.stderr.write(`bench: ${peer.name} cannot be run here\n`)
  }
} finally {
  writeFileSync(throttle, `${former}\n`)
}
const base = results.find(({ name }) => name.startsWith('rsyslogd')) ?? results[0]!
const cell = (value: number, of: number, digits: number): string =>
  `${value.toFixed(digits)} (${(value / of).toFixed(1)} ×)`
const perRecord = ({ stormCpu, taken }: Result): string => (taken > 0 ? `${((stormCpu / taken) * 1e6).toFixed(1)}` : '')
const rows = results.map(each =>
  [
    each.name,
    cell(each.idleRss, base.idleRss, 1),
    each.idleOwn.toFixed(1),
    each.idleCpu.toFixed(2),
    each.stormCpu.toFixed(2),
    perRecord(each),
    cell(each.peak, base.peak, 1),
    each.arrived,
  ].join(' | '),
)
const text = `# The agent beside rsyslogd and systemd-journald

Written by \`npm run bench -- agent --write\`; see bench/agent.ts.

Each follows /dev/kmsg alone while ${records} records of 90 bytes are written to it as fast as the kernel takes them (in
${results.map(({ wall }) => wall.toFixed(1)).join(', ')} s): more than the ring holds, on a machine whose processors have other work too (load ${loadavg()[0]!.toFixed(0)}
on ${cpus().length}), so all of them lose records; only Faultline says how many. × is against ${base.name}.
“Its own” is what is no page of a file (RssAnon). Node by itself: ${(Number(bare.stdout) / 1024 ** 2).toFixed(0)} MiB. ${cpus()[0]?.model.trim()}, Node ${process.version}.

| | idle: RSS MiB | of it its own | CPU % | storm: CPU s | µs a record taken | peak RSS MiB | arrived |
|---|---:|---:|---:|---:|---:|---:|---|
${rows.map(row => `| ${row} |`).join('\n')}

From the start of the process to its first record on standard output: median ${starts[3]!.toFixed(0)} ms, ${starts[0]!.toFixed(0)} to ${starts.at(-1)!.toFixed(0)} ms.
From the last line of an exception to its durable bundle: median ${kept[4]!.toFixed(0)} ms, ${kept[0]!.toFixed(0)} to ${kept.at(-1)!.toFixed(0)} ms, of which 400 are waited for
what may follow.
`
process.stdout.write(text)
if (values.write) writeFileSync(join(root, 'bench/RESULTS-agent.md'), text)
