// The crash tool of Fedora and RHEL: how many oopses, of which kernel.

import { z } from 'zod'
import type { Report } from '../../src/core/model.ts'
import { type Case, casesOf, textOf } from './cases.ts'
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
    yield judgeHarvest(cases, decode)
  },
}

/** Counts and versions that follow from abrt's own ways, not from the log. */
const otherOopses: Readonly<Record<string, string>> = {
  'not_oops2.test': 'holds a whole oops; abrt leaves the file out because one of its own lines stands in it',
  'not_oops_foreign_hostname.test': 'names another host than the one abrt runs on; for us a log may come from any host',
  'oops6.test': 'a trap in user space and a page allocation failure are two events',
  'pstoreoops-harvest__dmesg-efi-1': 'one part of a record in pstore; judged together with the other part',
  'pstoreoops-harvest__dmesg-efi-2': 'one part of a record in pstore; judged together with the other part',
}

function* judgeCase(one: AbrtCase, cases: AbrtCase[], decode: Decode): Generator<Verdict> {
  const { name, expectation } = one
  const { expected, expected_raw, expected_version, expected_taint_short, same_hash_as } = expectation
  const reports = exceptionsOf(decode(one.log))
  const first = reports[0]
  const other = otherOopses[name]
  const wanted = expected?.found_oopses ?? (expected_raw === '' ? 0 : undefined)
  if (other !== undefined) {
    yield outOfScope('oopses', name, wanted, other)
  } else if (wanted !== undefined) {
    yield judged('oopses', name, reports.length === wanted, wanted, briefly(reports))
  } else {
    // No count is stated, but each of these files is somebody's oops.
    yield judged('oopses', name, reports.length > 0, 'at least 1', briefly(reports))
  }
  const version = expected_version ?? expected?.version ?? undefined
  if (version !== undefined) yield judgeVersion(one, version, first)
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

/** The parts of one record in pstore, the newest first as the file system lists them, are one oops. */
function judgeHarvest(cases: AbrtCase[], decode: Decode): Verdict {
  const parts = cases.filter(one => one.name.startsWith('pstoreoops-harvest__'))
  const log = new Uint8Array(Buffer.concat(parts.flatMap(part => [part.log, Buffer.from('\n')])))
  const reports = exceptionsOf(decode(log))
  return judged('oopses', 'pstoreoops-harvest, both parts', reports.length === 1, 1, briefly(reports))
}

function judgeVersion(one: AbrtCase, version: string, first: Report | undefined): Verdict {
  const got = first?.kernel?.release
  if (version === '' && got !== undefined) {
    return outOfScope('version', one.name, version, 'empty for them; we read the release from the banner of the boot')
  }
  if (!textOf(one.log).includes(version)) {
    return outOfScope(
      'version',
      one.name,
      version,
      'is not in the log; abrt takes the version of the machine that it runs on',
    )
  }
  return judged('version', one.name, (got ?? '') === version, version, got)
}
