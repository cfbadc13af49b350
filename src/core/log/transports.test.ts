import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asIs, transports } from '../../../tests/transports.ts'
import { readRecords } from './index.ts'

const lab = join(import.meta.dirname, '../../../../shared/corpus/lab')
const skip = existsSync(lab) ? false : 'corpus/lab is not beside the checkout'

const logs = skip
  ? []
  : readdirSync(lab, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.log'))
      .sort()
      .map(name => ({ name, text: readFileSync(join(lab, name), 'utf8') }))

/** Where what was lost cannot be told for sure: a break that only one line shows may be the end of the line. */
const shares: Record<string, number> = { wrapped80: 0.95, wrappedSoft: 0.81, foldedAtSpaces: 0.83 }

const textsOf = (bytes: Uint8Array): string[] => readRecords(bytes).map(record => record.text)

for (const [name, transport] of Object.entries(transports)) {
  test(`the same texts come out of ${name}`, { skip }, () => {
    let same = 0
    for (const log of logs) {
      const expected = textsOf(asIs(log.text))
      const actual = textsOf(transport(log.text))
      if (shares[name] === undefined) assert.deepEqual(actual, expected, log.name)
      if (expected.length === actual.length && expected.every((text, i) => text === actual[i])) same++
    }
    const share = same / logs.length
    assert.equal(share >= (shares[name] ?? 1), true, `${same} of ${logs.length}`)
  })
}

test('no line of a log that is not wrapped is joined', { skip }, () => {
  for (const log of logs) {
    for (const record of readRecords(asIs(log.text))) assert.equal(record.damage?.includes('wrapped') ?? false, false)
  }
})
