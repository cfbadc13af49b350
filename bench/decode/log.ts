// The bench log: always the same bytes for the same size.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../tests/random.ts'
import { noiseLine } from './noise.ts'
import { type Moment, type Transport, transports } from './transports.ts'

/** Changes with the bytes that are made, so that a log of an earlier form is not taken for this one. */
const form = 3
const seed = 20250
/** Share of bytes that belong to reports. */
const reportShare = 0.026
/** One machine's log after the other; each has one transport. */
const stretchBytes = 2_000_000

const benchFolder = join(import.meta.dirname, '..')
const reportFolder = join(benchFolder, 'reports')

/** Where one report was put into the log, in bytes. */
export interface PlacedReport {
  name: string
  transport: string
  start: number
  end: number
}

export interface BenchLog {
  path: string
  sizeBytes: number
  reports: PlacedReport[]
}

/** The log of this size, made the first time it is asked for. */
export function benchLog(sizeBytes: number): BenchLog {
  const folder = join(benchFolder, 'data')
  const path = join(folder, `mixed-${form}-${sizeBytes}.log`)
  const manifest = `${path}.json`
  if (!existsSync(manifest)) {
    mkdirSync(folder, { recursive: true })
    process.stderr.write(`making ${path} …\n`)
    const reports = write(`${path}.part`, sizeBytes)
    renameSync(`${path}.part`, path)
    writeFileWhole(manifest, JSON.stringify({ path, sizeBytes, reports }))
  }
  // it ends with a whole line, so a little later than was asked for
  return { ...(JSON.parse(readFileSync(manifest, 'utf8')) as BenchLog), path, sizeBytes: statSync(path).size }
}

function writeFileWhole(path: string, text: string): void {
  const file = openSync(`${path}.part`, 'w')
  writeSync(file, text)
  closeSync(file)
  renameSync(`${path}.part`, path)
}

interface Excerpt {
  name: string
  lines: string[]
}

function readExcerpts(): Excerpt[] {
  return readdirSync(reportFolder)
    .filter(name => name.endsWith('.txt'))
    .sort()
    .map(name => ({ name, lines: readFileSync(join(reportFolder, name), 'utf8').trimEnd().split('\n') }))
}

function write(path: string, sizeBytes: number): PlacedReport[] {
  const random = new Random(seed)
  const excerpts = readExcerpts()
  const file = openSync(path, 'w')
  const placed: PlacedReport[] = []
  let written = 0
  let reportBytes = 0
  const put = (text: string): void => {
    // All templates and excerpts are ASCII: letters are bytes.
    writeSync(file, text, null, 'latin1')
    written += text.length
  }
  for (let stretch = 0; written < sizeBytes; stretch++) {
    const transport = transports[stretch % transports.length]!
    const moment: Moment = {
      bootMs: Date.UTC(2025, stretch % 12, 1 + (stretch % 28)),
      sinceBootUs: 0,
      host: `node${stretch % 40}`,
      thread: 1,
    }
    put(lineOf(transport, moment, random, { text: banner(random) }))
    for (const end = Math.min(written + stretchBytes, sizeBytes); written < end; ) {
      if (reportBytes < written * reportShare) {
        const excerpt = random.pick(excerpts)
        const text = reportText(excerpt, transport, moment, random)
        placed.push({ name: excerpt.name, transport: transport.name, start: written, end: written + text.length })
        reportBytes += text.length
        put(text)
      }
      put(noiseText(transport, moment, random))
    }
  }
  closeSync(file)
  return placed
}

const banner = (random: Random): string =>
  `Linux version 6.1.0-${random.below(60)}-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.${random.below(200)}-1`

function lineOf(transport: Transport, moment: Moment, random: Random, line: { tag?: string; text: string }): string {
  moment.sinceBootUs += random.below(30_000)
  return `${transport.line(line, moment)}\n`
}

/** Some dozens of quiet lines, so that the file is written in pieces worth a system call. */
function noiseText(transport: Transport, moment: Moment, random: Random): string {
  let text = ''
  for (let count = random.between(60, 160); count > 0; count--) {
    moment.thread = random.between(1, 9999)
    text += lineOf(transport, moment, random, noiseLine(random, transport.daemons))
  }
  return text
}

/** One report as one thread prints it: nothing between its lines, a few microseconds apart. */
function reportText(excerpt: Excerpt, transport: Transport, moment: Moment, random: Random): string {
  // Longer than any kernel goes on with what it has to say about one event.
  moment.sinceBootUs += 60_000_000
  moment.thread = random.between(1, 9999)
  let text = ''
  for (const line of excerpt.lines) {
    moment.sinceBootUs += random.between(20, 400)
    text += `${transport.line({ text: line }, moment)}\n`
  }
  moment.sinceBootUs += 60_000_000
  return text
}
