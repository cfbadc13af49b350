// node:test's events as tools/test.mjs wants them: failures in full, nothing else, and the counts in a file.

import { writeFileSync } from 'node:fs'
import { inspect } from 'node:util'

/** What a person needs of a failure: where, what, and the stack or the difference. */
function describe(data) {
  const error = data.details?.error
  const cause = error?.cause instanceof Error ? error.cause : error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
  const where = data.file === undefined ? '' : ` (${data.file}:${data.line ?? 0})`
  return `\n✖ ${data.name}${where}\n${text.replace(/^/gm, '    ')}\n`
}

export default async function* reporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const slowest = []
  for await (const { type, data } of events) {
    if (type === 'test:stderr' && process.env.FAULTLINE_TEST_VERBOSE) yield data.message
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details?.type === 'suite') {
      // A suite fails when a test in it does, which is counted there; a broken hook is the suite's own.
      if (type === 'test:fail' && data.details.error?.failureType === 'hookFailed') {
        counts.failed++
        yield describe(data)
      }
      continue
    }
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped++
    else if (type === 'test:pass') counts.passed++
    else {
      counts.failed++
      if (data.details?.error?.failureType !== 'subtestsFailed') yield describe(data)
    }
    if (typeof data.skip === 'string') yield `  skipped: ${data.name}: ${data.skip}\n`
    slowest.push({ name: data.name, ms: data.details?.duration_ms ?? 0 })
  }
  slowest.sort((a, b) => b.ms - a.ms)
  if (process.env.FAULTLINE_TEST_COUNTS) {
    writeFileSync(process.env.FAULTLINE_TEST_COUNTS, JSON.stringify({ ...counts, slowest: slowest.slice(0, 5) }))
  }
}
