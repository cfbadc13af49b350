// The reduced matrix of the lab: each of Debian's architectures, each road, the main kinds, on real kernels in QEMU. What
// cannot run on this machine is skipped with its reason.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases } from '../../lab/cases/index.ts'
import { guests } from '../../lab/guests/index.ts'
import { runMatrix } from '../../lab/matrix.ts'
import { roads } from '../../lab/roads/index.ts'
import type { CaseVerdict } from '../../lab/run-case.ts'

const selection = { roads, core: true, jobs: 2 }
/** The same on each machine: not what somebody has built on this one. */
const debians = guests.filter(({ kernel }) => kernel.from === 'debian')
const { verdicts } = await runMatrix({ ...selection, cases, guests: debians }, () => {})

const wrongRoads = (verdict: CaseVerdict) =>
  verdict.roads.filter(({ outcome }) => outcome === 'wrong' || outcome === 'lost')

/**
 * What is wrong with it. Datagrams and emulated timers suffer from a busy machine: what went wrong once is run once more, and
 * counts when it goes wrong again, as everything does that is wrong in itself.
 */
async function judged(verdict: CaseVerdict): Promise<{ verdict: CaseVerdict; again: boolean }> {
  const sound = verdict.problems.length === 0 && wrongRoads(verdict).length === 0
  if (sound || verdict.skipped !== undefined) return { verdict, again: false }
  const only = {
    cases: cases.filter(({ name }) => name === verdict.case),
    guests: guests.filter(({ name }) => name === verdict.guest),
  }
  const second = await runMatrix({ ...selection, ...only, jobs: 1 }, () => {})
  return { verdict: second.verdicts[0] ?? verdict, again: true }
}

for (const first of verdicts) {
  const { case: name, guest, skipped } = first
  test(`${name} on ${guest}`, { skip: skipped ?? false }, async t => {
    const { verdict, again } = await judged(first)
    if (again) t.diagnostic('it went wrong at first and was run again')
    assert.deepEqual(
      [
        ...verdict.problems,
        ...wrongRoads(verdict).flatMap(({ road, problems }) => problems.map(each => `${road}: ${each}`)),
      ],
      [],
    )
    assert.ok(
      verdict.roads.some(({ outcome }) => outcome === 'right'),
      'nothing was judged',
    )
  })
}
