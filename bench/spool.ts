// What it costs to keep an exception: bundles written durably a second, beside what the same disk does for the simplest
// peers: the same bytes as one file with one fsync, and a row in SQLite with synchronous=FULL. In turns, so that the machine's moods
// meet all of them; ratios are what counts.
//
//   npm run bench -- spool [--count N] [--folder DIR] [--write]
//
//   --count   bundles in each turn; default 100
//   --folder  on the file system to be measured; default: the system's temporary folder
//   --write   puts the table into bench/RESULTS-spool.md

import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { Spool } from '../src/agent/bundles/spool.ts'
import { sampleDraft } from '../tests/samples/drafts.ts'
import { median } from './decode/measure.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    folder: { type: 'string', default: tmpdir() },
    write: { type: 'boolean', default: false },
  },
})
const count = Number(values.count)
const turns = 5
const base = mkdtempSync(join(values.folder, 'faultline-bench-'))
process.on('exit', () => rmSync(base, { recursive: true, force: true }))

const draft = sampleDraft({ context: Buffer.alloc(40_000, '[   11.000000] a line of the context\n') })
const all = Buffer.concat([draft.excerpt, draft.context!, Buffer.from(JSON.stringify(draft.report))])

interface Contender {
  name: string
  prepare(folder: string): Promise<{ once(index: number): unknown; end(): unknown }>
}

const spool = (name: string, atOnce: number): Contender => ({
  name,
  async prepare(folder) {
    const opened = await Spool.open(join(folder, 'bundles'))
    const waiting: Promise<unknown>[] = []
    return {
      async once(index) {
        const sequence = { first: index * 10, last: index * 10 + 9 }
        waiting.push(opened.write({ ...draft, origin: { ...draft.origin, sequence } }))
        if (waiting.length >= atOnce) await Promise.all(waiting.splice(0))
      },
      async end() {
        await Promise.all(waiting)
        await opened.close()
      },
    }
  },
})

const contenders: readonly Contender[] = [
  spool('bundle: five files and their sums, each durable, renamed', 1),
  {
    name: 'the same bytes as one file, fsync',
    prepare: async folder => ({
      once(index) {
        const file = openSync(join(folder, String(index)), 'wx')
        writeSync(file, all)
        fsyncSync(file)
        closeSync(file)
      },
      end() {},
    }),
  },
  {
    name: 'the same bytes as a row of SQLite, synchronous=FULL, WAL',
    async prepare(folder) {
      const database = new DatabaseSync(join(folder, 'a.db'))
      database.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE bundle (id INTEGER PRIMARY KEY, all_bytes BLOB)',
      )
      const insert = database.prepare('INSERT INTO bundle (all_bytes) VALUES (?)')
      return { once: () => void insert.run(all), end: () => database.close() }
    },
  },
]

const rates = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
const cpu = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
for (let turn = 0; turn < turns; turn++) {
  for (const { name, prepare } of contenders) {
    const folder = mkdtempSync(join(base, 'turn-'))
    const { once, end } = await prepare(folder)
    const began = performance.now()
    const before = process.cpuUsage()
    for (let index = 0; index < count; index++) await once(index)
    await end()
    const used = process.cpuUsage(before)
    rates.get(name)!.push((count * 1000) / (performance.now() - began))
    cpu.get(name)!.push((used.user + used.system) / 1000 / count)
    rmSync(folder, { recursive: true })
  }
}

/** How long a start waits for a spool that is full. */
async function openingMs(bundles: number): Promise<number> {
  const path = join(base, `full-${bundles}`)
  const filled = await Spool.open(path)
  for (let index = 0; index < bundles; index++) await filled.write(draft)
  await filled.close()
  const times: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const began = performance.now()
    const opened = await Spool.open(path)
    times.push(performance.now() - began)
    await opened.close()
  }
  return median(times)
}

const first = median(rates.get(contenders[0]!.name)!)
const lines = [
  '| | a second | CPU each | |',
  '|---|---:|---:|---|',
  ...contenders.map(({ name }) => {
    const rate = median(rates.get(name)!)
    const ratio = name === contenders[0]!.name ? '' : `${(rate / first).toFixed(1)} × the bundle's`
    return `| ${name} | ${rate.toFixed(0)} | ${median(cpu.get(name)!).toFixed(2)} ms | ${ratio} |`
  }),
  '',
  `Opening a spool with 1000 bundles: ${(await openingMs(1000)).toFixed(0)} ms.`,
]
const { type } = statfsSync(base)
const types: Record<number, string> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  2035054128: 'overlay',
}
const text = `# The spool

\`npm run bench -- spool\`: ${count} exceptions of ${all.length} bytes in each of ${turns} turns, one after the other, median;
${types[type] ?? `file system 0x${type.toString(16)}`}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}.

${lines.join('\n')}
`
process.stdout.write(text)
if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS-spool.md'), text)
