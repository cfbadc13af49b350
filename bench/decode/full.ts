// Everything decoded, as a process of its own: `full.ts FILE TIMES`; the file TIMES times over is one log.
// Prints what it found as one JSON object.

import { closeSync, openSync, readSync } from 'node:fs'
import { Decoder } from '../../src/core/decoder.ts'
import type { Report } from '../../src/core/model.ts'
import { boundYoungGeneration } from '../../src/node/young-generation.ts'

// what the command reads at once, and what stays in the nearer caches until it is looked through
const chunkBytes = 64 * 1024

export interface FullResult {
  reports: { start: number; end: number; title: string }[]
  /** of this process, KiB */
  maxRssKb: number
}

function decodeFile(path: string, times: number): FullResult {
  const decoder = new Decoder({ source: { file: path } })
  const buffer = new Uint8Array(chunkBytes)
  const found: FullResult['reports'] = []
  // Only what is compared is kept: the reports themselves would be this program's memory, not the decoder's.
  const keep = (reports: readonly Report[]): void => {
    for (const { span, title } of reports) found.push({ start: span.start, end: span.end, title })
  }
  for (let time = 0; time < times; time++) {
    const file = openSync(path, 'r')
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      keep(decoder.push(buffer.subarray(0, read)))
      boundYoungGeneration()
    }
    closeSync(file)
  }
  keep(decoder.finish())
  return { reports: found, maxRssKb: process.resourceUsage().maxRSS }
}

process.stdout.write(JSON.stringify(decodeFile(process.argv[2]!, Number(process.argv[3] ?? 1))))
