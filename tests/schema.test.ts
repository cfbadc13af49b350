// Every report follows the published schema: those made by hand, the sample's, and the lab's where it is at hand.

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { decodeBytes } from '../src/core/decoder.ts'
import type { Report } from '../src/core/model.ts'
import { renderJsonLine } from '../src/core/render/json.ts'
import { samples } from './samples/reports.ts'

const root = dirname(import.meta.dirname)
const schema = JSON.parse(readFileSync(join(root, 'docs', 'report.schema.json'), 'utf8')) as object
const valid = new Ajv2020({ allErrors: true, strict: false }).compile(schema)

/** Through the line that leaves Faultline, not the value in memory. */
function assertFollows(report: Report, from: string): void {
  assert.ok(valid(JSON.parse(renderJsonLine(report))), `${from}: ${JSON.stringify(valid.errors?.slice(0, 3))}`)
}

test('reports made by hand follow the schema', () => {
  for (const report of samples) assertFollows(report, report.title)
})

test('the schema refuses what it does not describe', () => {
  assert.equal(valid({ ...samples[0], severity: 'terrible' }), false)
  assert.equal(valid({ ...samples[0], title: undefined }), false)
})

test('the sample’s reports follow the schema', () => {
  const reports = decodeBytes(readFileSync(join(root, 'fixtures', 'sample', 'sample.log')), { file: 'sample.log' })
  assert.ok(reports.length >= 5)
  for (const report of reports) assertFollows(report, report.title)
})

const corpus = join(root, '..', 'shared', 'corpus')
test('every report of the corpora follows the schema', {
  skip: existsSync(corpus) ? false : 'the corpora are not at hand',
}, () => {
  for (const file of globSync('{lab/*,syzkaller,lkp-tests,chromeos,satyr,lava}/*.log', { cwd: corpus })) {
    for (const report of decodeBytes(readFileSync(join(corpus, file)), { file })) assertFollows(report, file)
  }
})
