// The crash tool of Fedora and RHEL: how many oopses, of which kernel.

import { z } from 'zod'
import type { Report } from '../../src/core/model.ts'
import { type Case, casesOf } from './cases.ts'
import { briefly, exceptionsOf } from './lines.ts'
import { type Corpus, type Decode, judged, outOfScope, type Verdict } from './verdict.ts'

const expectationSchema = z.object({
  expected: z.object({ found_oopses: z.number(), version: z.string().nullable() }).nullable(),
  expected_raw: z.string().nullish(),
  expected_version: z.string().optional(),
  expected_taint_short: z.string().optional(),
  same_hash_as: z.array(z.string()).optional(),
})

type AbrtCase = Case<z.infer<typeof expectationSchema>>

export const abrt: Corpus = {
  name: 'abrt',
  *judge(decode) {
    const cases = [...casesOf('abrt', expectationSchema)]
    for (const one of cases) yield* judgeCase(one, cases, decode)
  },
}

function* judgeCase(one: AbrtCase, cases: AbrtCase[], decode: Decode): Generator<Verdict> {
  const { name, expectation } = one
  const { expected, expected_raw, expected_version, expected_taint_short, same_hash_as } = expectation
  const reports = exceptionsOf(decode(one.log))
  const first = reports[0]
  if (expected) {
    yield judged('oopses', name, reports.length === expected.found_oopses, expected.found_oopses, briefly(reports))
  } else if (expected_raw === '') {
    yield judged('oopses', name, reports.length === 0, 0, briefly(reports))
  } else if (name.startsWith('not_oops')) {
    yield outOfScope('oopses', name, 0, 'only because the log names another host; for us a log may come from any host')
  } else {
    // No count is stated, but each of these files is somebody's oops.
    yield judged('oopses', name, reports.length > 0, 'at least 1', briefly(reports))
  }
  const version = expected_version ?? expected?.version ?? undefined
  if (version !== undefined) yield judgeVersion(name, version, first)
  if (expected_taint_short !== undefined) {
    const flags = first?.kernel?.tainted?.map(taint => taint.flag).join('') ?? ''
    // 'G' alone says that nothing proprietary was loaded; it may be told as a flag or as the absence of 'P'.
    yield judged(
      'taint',
      name,
      flags.replace('G', '') === expected_taint_short.replace('G', ''),
      expected_taint_short,
      flags,
    )
  }
  for (const other of same_hash_as ?? []) {
    const twin = cases.find(candidate => candidate.name === other)
    if (twin === undefined) continue
    const theirs = exceptionsOf(decode(twin.log))[0]?.fingerprint
    const same = first !== undefined && first.fingerprint === theirs
    yield judged('same bug', name, same, `${other} ${theirs}`, first?.fingerprint)
  }
}

function judgeVersion(name: string, version: string, first: Report | undefined): Verdict {
  const got = first?.kernel?.release
  if (version === '' && got !== undefined) {
    return outOfScope('version', name, version, 'empty for them; we read the release from the banner of the boot')
  }
  return judged('version', name, (got ?? '') === version, version, got)
}
