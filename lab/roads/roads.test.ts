// Roads that end in an image, without a guest: right, and wrong when a record is taken away.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { imageOf } from '../../tests/images.ts'
import { nullRead } from '../cases/null-read.ts'
import { fitOneBoot } from '../run-case.ts'
import { judgeRoad } from '../verdict.ts'
import { imageEvidence } from './image.ts'
import { roads } from './index.ts'

const roadOf = (wanted: string) => roads.find(({ name }) => name === wanted)!

const folder = mkdtempSync(join(tmpdir(), 'faultline-roads-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function judged(image: Uint8Array) {
  const path = join(folder, 'image.img')
  writeFileSync(path, image)
  return judgeRoad(nullRead, roadOf('mtdoops'), await imageEvidence(path))
}

test('an image with the record is right and has survived; without it, it is lost', async () => {
  for (const name of ['mtdoops', 'pstore-blk']) {
    const image = imageOf(name)
    const right = await judged(image)
    assert.deepEqual([right.outcome, right.problems, right.survived], ['right', [], true])
    // The header: a number that says which record it is, or whose.
    const magic = name === 'mtdoops' ? [0x00, 0x5e, 0x00, 0x5d] : [0xe5, 0x3a, 0xfc, 0x4d]
    const start = image.findIndex((_, at) => magic.every((byte, index) => image[at + index] === byte))
    const lost = await judged(image.fill(0xff, start, start + 4))
    assert.deepEqual([lost.outcome, lost.survived], ['lost', false])
  }
  assert.deepEqual(await imageEvidence(join(folder, 'never-made')), [])
})

test('an image of another crash is wrong', async () => {
  const { outcome, problems } = await judged(imageOf('ramoops-deflate'))
  assert.equal(outcome, 'wrong')
  assert.match(problems.join('\n'), /title: expected .*fl_null_read, found/)
})

test('roads of one setup share a boot, others of their group do not', () => {
  const fit = (a: string, b: string): boolean => fitOneBoot(roadOf(a), roadOf(b))
  assert.ok(fit('ramoops', 'ramoops-region'))
  assert.ok(fit('erst', 'erst-image'))
  assert.ok(fit('ramoops', 'mtdoops'))
  assert.ok(!fit('ramoops', 'erst'))
  assert.ok(!fit('agent-reboot', 'ramoops') && !fit('agent', 'agent-reboot') && fit('agent-reboot', 'kmsg'))
  for (const { name, setup, group } of roads) {
    const others = roads.filter(road => setup !== undefined && road.setup === setup)
    assert.ok(
      others.every(road => road.group === group),
      name,
    )
  }
})
