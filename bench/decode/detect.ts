// Detection alone, as a process of its own: how many lines hold one of the headers. `detect.ts FILE`, headers on stdin.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { createPrefilter } from '../../src/core/detect/prefilter.ts'

const chunkBytes = 512 * 1024
const lineFeed = 10

/** Lines of the file that hold a needle, as `grep -c` counts them. */
function countMatchingLines(path: string, needles: readonly string[]): number {
  const prefilter = createPrefilter(needles)
  const buffer = prefilter.buffer(chunkBytes)
  const file = openSync(path, 'r')
  let lines = 0
  let kept = 0
  for (;;) {
    const read = readSync(file, buffer, kept, chunkBytes - kept, null)
    const filled = kept + read
    // The last line is not whole yet, unless the file ends or the line is longer than the buffer.
    const lastFeed = buffer.lastIndexOf(lineFeed, filled - 1)
    const end = read === 0 || lastFeed < 0 ? filled : lastFeed + 1
    for (let at = 0; at >= 0 && at < end; ) {
      const hit = prefilter.scan(buffer, at, end)
      if (hit < 0) break
      lines++
      const next = buffer.indexOf(lineFeed, hit)
      at = next < 0 ? end : next + 1
    }
    if (read === 0) break
    buffer.copyWithin(0, end, filled)
    kept = filled - end
  }
  closeSync(file)
  return lines
}

const needles = readFileSync(0, 'utf8').split('\n').filter(Boolean)
process.stdout.write(`${countMatchingLines(process.argv[2]!, needles)}\n`)
