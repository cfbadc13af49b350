// How fast a log is searched and decoded, beside grep, ripgrep and wc: CPU seconds, median of the runs.
//
//   npm run bench -- decode [--size MB] [--runs N] [--times N] [--write]
//
//   --size   of the mixed log; default 1000
//   --runs   median of so many; default 5
//   --times  also decodes the log so many times over as one stream, for memory (10: a 10 GB log)
//   --write  puts the table into bench/RESULTS.md

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { headerNeedles } from '../src/core/detect/match.ts'
import type { FullResult } from './decode/full.ts'
import { type BenchLog, benchLog, type PlacedReport } from './decode/log.ts'
import { isInstalled, measure } from './decode/measure.ts'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '5' },
    times: { type: 'string', default: '0' },
    write: { type: 'boolean', default: false },
  },
})

interface Row {
  what: string
  cpuSeconds: number
  bytes: number
  note: string
}

/** One of our programs as users get it: bundled, types removed. */
function program(name: string): string {
  const outfile = join(import.meta.dirname, 'data', `${name}.mjs`)
  buildSync({
    entryPoints: [join(import.meta.dirname, 'decode', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'warning',
  })
  return outfile
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')

/** `grep -c` and `rg -c` on the alternation that the prefilter looks for. */
function searchRows(log: BenchLog, runs: number): Row[] {
  const alternation = headerNeedles.map(escapeRegex).join('|')
  const commands: [string, ...string[]][] = [
    ['grep', '-cE', alternation],
    ['rg', '-c', '-j1', '--no-mmap', alternation],
    ['wc', '-l'],
  ]
  return commands
    .filter(([program]) => isInstalled(program))
    .map(([program, ...args]) => {
      const { cpuSeconds, output } = measure(runs, { program, args: [...args, log.path] })
      const what = [program, ...args.filter(arg => arg !== alternation)].join(' ')
      return { what, cpuSeconds, bytes: log.sizeBytes, note: `${output.trim().split(/[ :]/)[0]} lines` }
    })
}

function detectRow(log: BenchLog, runs: number): Row {
  const { cpuSeconds, output } = measure(runs, {
    program: process.execPath,
    args: [program('detect'), log.path],
    input: headerNeedles.join('\n'),
  })
  return { what: 'Faultline, detection alone', cpuSeconds, bytes: log.sizeBytes, note: `${output.trim()} lines` }
}

function decodeRow(log: BenchLog, runs: number, times: number): Row {
  const { cpuSeconds, output } = measure(runs, {
    program: process.execPath,
    args: [program('full'), log.path, String(times)],
  })
  const result = JSON.parse(output) as FullResult
  const note = `${describeFinds(log, result, times)}; peak RSS ${(result.maxRssKb / 1024).toFixed(0)} MiB`
  return { what: `Faultline, everything decoded`, cpuSeconds, bytes: log.sizeBytes * times, note }
}

/** Every report that was put in must be hit by one that was found; one that hits none, or a second on one, is too many. */
function describeFinds(log: BenchLog, { reports }: FullResult, times: number): string {
  const placed: PlacedReport[] = Array.from({ length: times }, (_, time) =>
    log.reports.map(report => ({
      ...report,
      start: report.start + time * log.sizeBytes,
      end: report.end + time * log.sizeBytes,
    })),
  ).flat()
  const hits = new Map<PlacedReport, number>()
  let strays = 0
  const sorted = [...reports].sort((a, b) => a.start - b.start)
  for (let i = 0, k = 0; i < sorted.length; i++) {
    const { start, end } = sorted[i]!
    while (k < placed.length && placed[k]!.end <= start) k++
    const candidate = placed[k]
    if (candidate === undefined || candidate.start >= end) strays++
    else hits.set(candidate, (hits.get(candidate) ?? 0) + 1)
  }
  explain(placed, hits, sorted)
  const split = [...hits.values()].reduce((sum, count) => sum + count - 1, 0)
  return `${hits.size} of ${placed.length} reports found, ${split} split, ${strays} strays`
}

/** What was missed or invented, by the excerpt it came from, for whoever mends it. */
function explain(
  placed: readonly PlacedReport[],
  hits: ReadonlyMap<PlacedReport, number>,
  found: FullResult['reports'],
): void {
  const counts = new Map<string, number>()
  const note = (text: string): void => void counts.set(text, (counts.get(text) ?? 0) + 1)
  for (const report of placed) {
    const count = hits.get(report) ?? 0
    if (count !== 1) note(`${count === 0 ? 'missed' : 'split'}: ${report.name} in ${report.transport}`)
  }
  for (const { start, end, title } of found) {
    if (!placed.some(report => report.start < end && report.end > start)) note(`stray: ${title}`)
  }
  for (const [text, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20)) {
    process.stderr.write(`  ${count} × ${text}\n`)
  }
}

function table(rows: readonly Row[]): string {
  const grep = rows.find(row => row.what.startsWith('grep'))
  const rate = (row: Row): number => row.bytes / row.cpuSeconds / 1e6
  const lines = rows.map(row => {
    const ratio = grep === undefined ? '' : (rate(row) / rate(grep)).toFixed(2)
    return `| ${row.what} | ${row.cpuSeconds.toFixed(2)} | ${rate(row).toFixed(0)} | ${ratio} | ${row.note} |`
  })
  return ['| program | CPU s | MB/s of CPU | × grep | found |', '|---|---:|---:|---:|---|', ...lines].join('\n')
}

const runs = Number(values.runs)
const log = benchLog(Number(values.size) * 1e6)
const reportBytes = log.reports.reduce((sum, report) => sum + report.end - report.start, 0)
const rows = [...searchRows(log, runs), detectRow(log, runs), decodeRow(log, runs, 1)]
if (Number(values.times) > 0) rows.push(decodeRow(log, 1, Number(values.times)))
const text = `${(log.sizeBytes / 1e6).toFixed(0)} MB log in five transports, ${log.reports.length} reports in ${((100 * reportBytes) / log.sizeBytes).toFixed(1)} % of its bytes, ${headerNeedles.length} headers looked for.
CPU seconds (user and system), median of ${runs} runs; ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.version}.

${table(rows)}
`
process.stdout.write(text)
if (values.write) {
  const heading = '# Decoding speed\n\nWritten by `npm run bench -- decode --write`; see bench/decode.ts.\n\n'
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), heading + text)
}
