// The reduced matrix of the lab: each of Debian's architectures, each road, the main kinds, on real kernels in QEMU. What
// cannot run on this machine is skipped with its reason.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases } from '../../lab/cases/index.ts'
import { guests } from '../../lab/guests/index.ts'
import { runMatrix } from '../../lab/matrix.ts'
import { roads } from '../../lab/roads/index.ts'

const { verdicts } = await runMatrix({ cases, guests, roads, core: true, jobs: 2 }, () => {})

for (const verdict of verdicts) {
  const { case: name, guest, skipped, problems } = verdict
  test(`${name} on ${guest}`, { skip: skipped ?? false }, () => {
    const wrong = verdict.roads.filter(({ outcome }) => outcome === 'wrong' || outcome === 'lost')
    assert.deepEqual(
      [...problems, ...wrong.flatMap(({ road, problems }) => problems.map(each => `${road}: ${each}`))],
      [],
    )
    assert.ok(
      verdict.roads.some(({ outcome }) => outcome === 'right'),
      'nothing was judged',
    )
  })
}
