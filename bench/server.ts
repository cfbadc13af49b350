// The server over a fleet's store: how long the pages' questions take, how many bundles a second it takes in, and from which rate
// of netconsole datagrams on it loses some.
//
//   npm run bench -- server [--reports N] [--issues N] [--hosts N] [--each N] [--write]
//
//   --reports, --issues, --hosts   of the store, which is made once (about 3 GB, some minutes); 1000000, 20000, 10000
//   --each    questions of each kind; default 200
//   --write   puts the tables into bench/RESULTS-server.md

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensurePrograms, root } from '../tools/install.mjs'
import { pushMany } from './fleet/bundles.ts'
import { HOSTS, rsyslogRates, SECONDS, serverRates } from './fleet/datagrams.ts'
import { fleetStore } from './fleet/generate.ts'
import { timePages } from './fleet/pages.ts'

const { values } = parseArgs({
  options: {
    reports: { type: 'string', default: '1000000' },
    issues: { type: 'string', default: '20000' },
    hosts: { type: 'string', default: '10000' },
    each: { type: 'string', default: '200' },
    write: { type: 'boolean', default: false },
  },
})
const shape = { reports: Number(values.reports), issues: Number(values.issues), hosts: Number(values.hosts) }
const command = join(root, 'dist/faultline.mjs')
const folder = join(import.meta.dirname, 'data')
mkdirSync(folder, { recursive: true })

const lines: string[] = []
const say = (line = ''): void => {
  console.log(line)
  lines.push(line)
}

const data = await fleetStore(root, folder, shape)
const child = spawn(process.execPath, [command, 'serve', '--data', data, '--listen', '127.0.0.1:0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
process.on('exit', () => child.kill('SIGKILL'))
const [first] = (await once(child.stdout, 'data')) as [Buffer]
const { url, tokenFile } = JSON.parse(String(first)) as { url: string; tokenFile: string }
const api = { url, token: readFileSync(tokenFile, 'utf8').trim() }

say('# The server over a fleet')
say()
say('Written by `npm run bench -- server --write`; see bench/server.ts.')
say()
say(
  `${shape.reports} reports in ${shape.issues} issues from ${shape.hosts} hosts. ${cpus()[0]?.model}, ${cpus().length} processors, load ${loadavg()[0]!.toFixed(1)} before; Node ${process.version}. Client and server share them.`,
)
const fixed = (value: number): string => value.toFixed(1)
for (const clients of [1, 8]) {
  const rows = await timePages(api, Number(values.each), clients)
  say()
  say(clients === 1 ? '## Questions of the pages, one after the other' : `## The same, ${clients} clients at once`)
  say()
  say('| | median ms | 99th percentile ms | worst ms |')
  say('|---|---:|---:|---:|')
  for (const { name, median, p99, worst } of rows)
    say(`| ${name} | ${fixed(median)} | ${fixed(p99)} | ${fixed(worst)} |`)
}
say()
say('## Bundles taken in, each durable before it is acknowledged')
say()
say('| hosts at once | bundles | a second | KB each |')
say('|---:|---:|---:|---:|')
for (const hosts of [1, 8]) {
  const { bundles, seconds, bytes } = await pushMany(api, hosts, Math.round(400 / hosts))
  say(`| ${hosts} | ${bundles} | ${(bundles / seconds).toFixed(0)} | ${fixed(bytes / bundles / 1000)} |`)
}
const memory = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
say()
say(
  `Peak memory of the server so far: ${(Number(memory) / 1024).toFixed(0)} MiB, with the pages of the tables' file that it maps, up to 1 GiB.`,
)
child.kill('SIGTERM')
await once(child, 'exit')

say()
say(`## netconsole datagrams of ${HOSTS} kernels, ${SECONDS} seconds at each rate`)
say()
say(
  'Records are read, put into order, searched for exceptions and kept as far as a report may need them; rsyslogd writes them to a file.',
)
say()
say('| a second | server: lost | CPU s | rsyslogd: lost | CPU s | CPU ratio |')
say('|---:|---:|---:|---:|---:|---:|')
const rates = [5_000, 10_000, 20_000, 40_000, 60_000, 80_000]
const scratch = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
try {
  const ours = await serverRates(process.execPath, command, join(scratch, 'ours'), rates)
  const rsyslog =
    ensurePrograms({ rsyslogd: 'rsyslog' }).length === 0 ? await rsyslogRates(join(scratch, 'rsyslog'), rates) : []
  for (const [index, one] of ours.entries()) {
    const other = rsyslog[index]
    say(
      `| ${(one.sent / SECONDS).toFixed(0)} | ${one.lost} of ${one.sent} | ${fixed(one.cpuSeconds)} | ${
        other === undefined
          ? '– | – | –'
          : `${other.lost} of ${other.sent} | ${fixed(other.cpuSeconds)} | ${fixed(one.cpuSeconds / other.cpuSeconds)}`
      } |`,
    )
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS-server.md'), `${lines.join('\n')}\n`)
