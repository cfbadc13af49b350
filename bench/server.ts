// The server over a fleet's store: how long the pages' questions take, how many bundles a second it takes in, and from which rate
// of netconsole datagrams on it loses some.
//
//   npm run bench -- server [--reports N] [--issues N] [--hosts N] [--each N] [--only PART]
//                           [--netconsd FILE --netconsd-module FILE] [--write]
//
//   --reports, --issues, --hosts   of the store, which is made once (about 3 GB, some minutes); 1000000, 20000, 10000
//   --each      questions of each kind; default 200
//   --only      pages, bundles or datagrams; more than once for two of them; datagrams need no store
//   --netconsd, --netconsd-module   measures netconsd too, with its module that writes files: Debian does not have it, so clone
//               https://github.com/facebook/netconsd, `make`, and name netconsd and modules/logger-simple.so (once logger.so)
//   --write     puts the tables into bench/RESULTS-server.md; only with all parts

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ensurePrograms, root } from '../tools/install.mjs'
import { pushMany } from './fleet/bundles.ts'
import { atRates, type RateResult, SECONDS } from './fleet/datagrams.ts'
import { fleetStore } from './fleet/generate.ts'
import { HOSTS } from './fleet/kernels.ts'
import { type Api, questions, type Timing, timePages } from './fleet/pages.ts'
import { beginPushing } from './fleet/pushing.ts'
import { netconsd, rsyslogd, server } from './fleet/receivers.ts'

const PARTS = ['pages', 'bundles', 'datagrams']
/** Enough that what is done once, as by threads that begin, is a small part of it. */
const PUSHED = 2400
/** The owner may ask 3000 things in so long. */
const MINUTE_MS = 60_000

const { values } = parseArgs({
  options: {
    reports: { type: 'string', default: '1000000' },
    issues: { type: 'string', default: '20000' },
    hosts: { type: 'string', default: '10000' },
    each: { type: 'string', default: '200' },
    only: { type: 'string', multiple: true, default: PARTS },
    netconsd: { type: 'string' },
    'netconsd-module': { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const wants = (part: string): boolean => values.only.includes(part)
const program = values.netconsd === undefined ? undefined : resolve(values.netconsd)
const module = values['netconsd-module'] === undefined ? undefined : resolve(values['netconsd-module'])
refuseUnless(
  values.only.every(part => PARTS.includes(part)),
  `--only: expected one of ${PARTS.join(', ')}`,
)
refuseUnless(!values.write || PARTS.every(wants), '--write: the file has all parts; leave --only away')
refuseUnless((program === undefined) === (module === undefined), '--netconsd and --netconsd-module: expected both')
for (const path of [program, module]) refuseUnless(path === undefined || existsSync(path), `${path}: is not there`)

const shape = { reports: Number(values.reports), issues: Number(values.issues), hosts: Number(values.hosts) }
const command = join(root, 'dist/faultline.mjs')
const folder = join(import.meta.dirname, 'data')
mkdirSync(folder, { recursive: true })

const lines: string[] = []
const say = (line = ''): void => {
  console.log(line)
  lines.push(line)
}

const fixed = (value: number): string => value.toFixed(1)

say('# The server over a fleet')
say()
say('Written by `npm run bench -- server --write`; see bench/server.ts.')
say()
say(
  `${cpus()[0]?.model}, ${cpus().length} processors, load ${loadavg()[0]!.toFixed(1)} before; Node ${process.version}. Client and server share them.`,
)
if (wants('pages') || wants('bundles')) await overStore()
if (wants('datagrams')) await datagrams()
if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS-server.md'), `${lines.join('\n')}\n`)

async function overStore(): Promise<void> {
  const data = await fleetStore(root, folder, shape)
  const child = spawn(process.execPath, [command, 'serve', '--data', data, '--listen', '127.0.0.1:0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.on('exit', () => child.kill('SIGKILL'))
  child.once('exit', code => {
    if (code === 0 || code === null) return
    console.error('The server ended; what it said is above. Is it built: npm run build?')
    process.exit(1)
  })
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  const { url, tokenFile } = JSON.parse(String(first)) as { url: string; tokenFile: string }
  const api = { url, token: readFileSync(tokenFile, 'utf8').trim() }
  say()
  say(`${shape.reports} reports in ${shape.issues} issues from ${shape.hosts} hosts.`)
  if (wants('pages')) await pages(api)
  if (wants('bundles')) await bundles(api)
  const memory = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
  say()
  say(
    `Peak memory of the server so far: ${(Number(memory) / 1024).toFixed(0)} MiB, with the pages of the tables' file that it maps, up to 1 GiB.`,
  )
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function pages(api: Api): Promise<void> {
  const all = await questions(api)
  for (const clients of [1, 8]) {
    const rows = await timePages(api, all, Number(values.each), clients)
    say()
    say(clients === 1 ? '## Questions of the pages, one after the other' : `## The same, ${clients} clients at once`)
    timings(rows)
  }
}

function timings(rows: readonly Timing[]): void {
  say()
  say('| | asked | median ms | 99th percentile ms | worst ms |')
  say('|---|---:|---:|---:|---:|')
  for (const { name, count, median, p99, worst } of rows)
    say(`| ${name} | ${count} | ${fixed(median)} | ${fixed(p99)} | ${fixed(worst)} |`)
}

async function bundles(api: Api): Promise<void> {
  say()
  say('## Bundles taken in, each durable before it is acknowledged')
  say()
  say('| hosts at once | bundles | a second | KB each |')
  say('|---:|---:|---:|---:|')
  for (const hosts of [1, 8, 32]) {
    const { bundles, seconds, bytes } = await pushMany(api, hosts, PUSHED / hosts)
    say(`| ${hosts} | ${bundles} | ${(bundles / seconds).toFixed(0)} | ${fixed(bytes / bundles / 1000)} |`)
  }
  await pagesMeanwhile(api, 8)
}

/** What the pages ask for, one after the other, while hosts push as fast as they can. */
async function pagesMeanwhile(api: Api, hosts: number): Promise<void> {
  await sleep(MINUTE_MS)
  const all = await questions(api)
  const pushing = await beginPushing({ api, hosts, each: PUSHED / hosts })
  const rows = await timePages(api, all, PUSHED, 1, pushing.going)
  const { bundles, seconds } = await pushing.result
  say()
  say(`## Questions of the pages while ${hosts} hosts push ${(bundles / seconds).toFixed(0)} bundles a second`)
  timings(rows)
}

async function datagrams(): Promise<void> {
  const rates = [5_000, 10_000, 20_000, 40_000, 60_000, 80_000]
  const scratch = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
  const peers: { name: string; results: RateResult[] }[] = []
  let ours: RateResult[]
  try {
    ours = await atRates(await server(process.execPath, command, join(scratch, 'ours')), rates)
    const hasRsyslogd = ensurePrograms({ rsyslogd: 'rsyslog' }).length === 0
    peers.push({
      name: 'rsyslogd',
      results: hasRsyslogd ? await atRates(await rsyslogd(join(scratch, 'rsyslog')), rates) : [],
    })
    if (program !== undefined && module !== undefined)
      peers.push({
        name: 'netconsd',
        results: await atRates(await netconsd(program, module, join(scratch, 'netconsd')), rates),
      })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  say()
  say(`## netconsole datagrams of ${HOSTS} kernels, ${SECONDS} seconds at each rate`)
  say()
  say(
    'Records are read, put into order, searched for exceptions and kept as the log of their host; rsyslogd writes them to a file.',
  )
  if (program !== undefined) say('netconsd puts them into order and writes a file for each kernel.')
  say(
    `Bursts wait in the socket: the server and rsyslogd ask for 8 MiB, which net.core.rmem_max bounds to ${kib('rmem_max')} KiB but for root's rsyslogd${
      program === undefined ? '' : `; netconsd has ${kib('rmem_default')} KiB, net.core.rmem_default`
    }.`,
  )
  say()
  say(`| a second | server: lost | CPU s |${peers.map(({ name }) => ` ${name}: lost | CPU s | CPU ratio |`).join('')}`)
  say(`|---:|---:|---:|${'---:|---:|---:|'.repeat(peers.length)}`)
  for (const [index, one] of ours.entries()) {
    const cells = peers.map(({ results }) => {
      const other = results[index]
      return other === undefined
        ? ' – | – | – |'
        : ` ${other.lost} of ${other.sent} | ${fixed(other.cpuSeconds)} | ${fixed(one.cpuSeconds / other.cpuSeconds)} |`
    })
    say(
      `| ${(one.sent / SECONDS).toFixed(0)} | ${one.lost} of ${one.sent} | ${fixed(one.cpuSeconds)} |${cells.join('')}`,
    )
  }
}

function kib(setting: string): string {
  return (Number(readFileSync(`/proc/sys/net/core/${setting}`, 'utf8')) / 1024).toFixed(0)
}

function refuseUnless(condition: boolean, message: string): void {
  if (condition) return
  console.error(message)
  process.exit(2)
}
