import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as fc from 'fast-check'
import { PositionFile, type Positions } from './positions.ts'

function folder(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'faultline-positions-'))
  context.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const position = fc.record({
  cursor: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.string({ maxLength: 900 }), fc.nat()), {
    maxKeys: 4,
  }),
  skip: fc.nat(),
})
const positions = fc.dictionary(fc.stringMatching(/^[a-z:/]{1,20}$/), position, { maxKeys: 4 })

test('the last saved is what is found, however long the ones before were', context => {
  const path = folder(context)
  fc.assert(
    fc.property(fc.array(positions, { minLength: 1, maxLength: 6 }), all => {
      const file = new PositionFile(path)
      for (const each of all) file.save(each)
      file.close()
      const again = new PositionFile(path)
      again.close()
      assert.deepEqual(JSON.parse(JSON.stringify(again.saved)), JSON.parse(JSON.stringify(all.at(-1))))
    }),
  )
})

test('a torn file leaves the one before it', context => {
  const path = folder(context)
  const saved = (sequence: number): Positions => ({ kmsg: { cursor: { bootId: 'b', sequence }, skip: 0 } })
  const file = new PositionFile(path)
  file.save(saved(1))
  file.save(saved(2))
  file.close()
  for (const name of ['positions.a', 'positions.b']) {
    const whole = readFileSync(join(path, name))
    if (!whole.toString().includes('"sequence":2')) continue
    writeFileSync(join(path, name), whole.subarray(0, 30))
  }
  const again = new PositionFile(path)
  assert.deepEqual(JSON.parse(JSON.stringify(again.saved)), JSON.parse(JSON.stringify(saved(1))))
  // and the next is newer than both
  again.save(saved(3))
  again.close()
  const third = new PositionFile(path)
  third.close()
  assert.deepEqual(JSON.parse(JSON.stringify(third.saved)), JSON.parse(JSON.stringify(saved(3))))
})

test('what is no position is none', context => {
  const path = folder(context)
  for (const text of ['', 'null', '{}', '{"generation":1,"positions":{"a":null,"b":{"cursor":{"x":{}},"skip":"y"}}}']) {
    writeFileSync(join(path, 'positions.a'), text)
    const file = new PositionFile(path)
    file.close()
    assert.ok(Object.values(file.saved).every(each => each.skip === 0))
  }
})
