// What is said in English and what a page says in another language hold to each other: every say`…` has a translation, no
// translation is of nothing, and a sentence is known again for what it is.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { type ESTree, parseSync } from 'vite'
import { z } from 'zod'
import { decodeBytes } from '../src/core/decoder.ts'
import type { Report } from '../src/core/model.ts'
import { outlineOf } from '../src/core/render/outline.ts'
import { piecesOf, translator } from '../src/web/i18n/translate.ts'
import { faults } from '../src/web/i18n/zh/said/faults.ts'
import { said } from '../src/web/i18n/zh/said/index.ts'
import { others } from '../src/web/i18n/zh/said/others.ts'

const root = join(import.meta.dirname, '..')

/** Every node of the sources that are for people, with its file. */
function* nodes(): Generator<[node: ESTree.Node, file: string]> {
  for (const file of globSync('src/{core,node,agent,server}/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue
    const text = readFileSync(join(root, file), 'utf8')
    if (!/say`|Refusal\(|IssueError\(/.test(text)) continue
    const waiting: unknown[] = [parseSync(file, text).program]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (typeof node !== 'object' || node === null) continue
      if ('type' in node) yield [node as ESTree.Node, file]
      waiting.push(...Object.values(node))
    }
  }
}

const wordsOf = ({ quasis }: ESTree.TemplateLiteral): string =>
  quasis.map(({ value }, at) => (at === 0 ? '' : `{${at - 1}}`) + (value.cooked ?? '')).join('')

/** Templates of all say`…` with the files that have them. */
function marked(): Map<string, string> {
  const found = new Map<string, string>()
  for (const [node, file] of nodes()) {
    if (node.type !== 'TaggedTemplateExpression' || node.tag.type !== 'Identifier') continue
    if (node.tag.name === 'say') found.set(wordsOf(node.quasi), file)
  }
  return found
}

/** The sentences that an expression may be and that are not marked. */
function unmarked(node: ESTree.Node): string[] {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' && /\w \w/.test(node.value) ? [node.value] : []
    case 'TemplateLiteral':
      return /[a-z]{2}/.test(wordsOf(node).replaceAll(/\{\d+\}/g, '')) ? [wordsOf(node)] : []
    case 'ConditionalExpression':
      return [...unmarked(node.consequent), ...unmarked(node.alternate)]
    case 'LogicalExpression':
      return [...unmarked(node.left), ...unmarked(node.right)]
    default:
      return []
  }
}

test('findings and refusals are marked for translation', () => {
  const found: string[] = []
  let looked = 0
  for (const [node, file] of nodes()) {
    const refused = node.type === 'NewExpression' && node.callee.type === 'Identifier'
    if (
      refused &&
      /^(?:Refusal|IssueError|ChannelError|ProviderError)$/.test((node.callee as ESTree.IdentifierReference).name)
    ) {
      looked++
      found.push(...node.arguments.flatMap(each => unmarked(each).map(text => `${file}: ${text}`)))
    }
    const isPart = node.type === 'Property' && node.key.type === 'Identifier' && file.startsWith('src/core/explain/')
    if (isPart && /^(?:what|because|next)$/.test((node.key as ESTree.IdentifierName).name)) {
      looked++
      found.push(...unmarked(node.value).map(text => `${file}: ${text}`))
    }
  }
  assert.ok(looked > 200, `${looked} places`)
  assert.deepEqual(found, [])
})

const templates = marked()
const holesOf = (text: string): number[] =>
  piecesOf(text)
    .flatMap(piece => (typeof piece === 'string' ? [] : [piece.hole]))
    .sort((one, other) => one - other)

test('every sentence has a translation, and every translation a sentence', () => {
  assert.ok(templates.size > 700, `${templates.size} sentences`)
  const lacking = [...templates].filter(([template]) => !(template in said)).map(pair => pair.join('   '))
  assert.deepEqual(lacking, [], 'without a translation')
  const idle = Object.keys(said).filter(
    template => !templates.has(template) && !(template in others) && !(template in faults),
  )
  assert.deepEqual(idle, [], 'translations of nothing')
})

test('names of faults are those of the tables', () => {
  const tables = globSync('src/core/arch/*.ts', { cwd: root })
    .map(file => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  for (const name of Object.keys(faults)) {
    // s390's tables leave "exception" to the one place that adds it.
    for (const word of name.replace(/ exception$/, '').split(/\{\d+\}/)) assert.ok(tables.includes(word), name)
  }
})

test('a translation has the holes of its sentence, those of a finding each once', () => {
  for (const [template, translation] of Object.entries(said)) {
    const [wanted, has] = [holesOf(template), holesOf(translation)]
    assert.deepEqual([...new Set(has)], wanted, `${template} → ${translation}`)
  }
})

test('holes do not touch, and lines do not break', () => {
  for (const [template, file] of templates) {
    assert.doesNotMatch(template, /\{\d+\}\{\d+\}|\n/, file)
    assert.notEqual(template.replaceAll(/\{\d+\}|[^\p{L}]/gu, ''), '', `${file}: "${template}" has no word`)
  }
})

/** In the sentence, what could stand in its holes; in the translation the same. */
function filled(text: string, values: (hole: number) => string): string {
  return piecesOf(text)
    .map(piece => (typeof piece === 'string' ? piece : values(piece.hole)))
    .join('')
}

test('a sentence is known again for itself, whatever stands in its holes', () => {
  const translate = translator(said)
  for (const values of [
    (hole: number) => `v${hole}`,
    (hole: number) => `0xffff8880${hole}`,
    (hole: number) => `fl_fn${hole}+0x1c/0x40`,
  ]) {
    for (const [template, translation] of Object.entries(said)) {
      assert.equal(translate(filled(template, values)), filled(translation, values), template)
    }
  }
})

const chinese = /\p{Script=Han}/u

test('all that is said of the reports in the fixtures is said in Chinese too', () => {
  const translate = translator(said)
  const english = new Set<string>()
  const check = (text: string | undefined, report: Report, where: string): void => {
    if (text === undefined || chinese.test(translate(text))) return
    // The kernel's own words stay.
    if (!report.text.replaceAll('\n', ' ').includes(text)) english.add(`${where}: ${text}`)
  }
  let count = 0
  for (const file of globSync('fixtures/kinds/*/*/input.log', { cwd: root })) {
    for (const report of decodeBytes(readFileSync(join(root, file)))) {
      for (const { what, because, next } of report.findings ?? []) {
        count++
        check(what, report, 'what')
        check(because, report, 'because')
        check(next, report, 'next')
      }
      for (const { detail } of report.damage ?? []) check(detail, report, 'damage')
      const { why, facts, sections } = outlineOf(report)
      if (report.fault?.access !== undefined) check(why, report, 'why')
      check(facts.find(({ label }) => label === 'log')?.value, report, 'log')
      for (const section of sections)
        if (section.form === 'list' && section.id === 'damage')
          for (const { text } of section.items) check(text, report, 'damage')
    }
  }
  assert.ok(count > 100, `${count} findings`)
  assert.deepEqual([...english], [])
})

test('what stands in a hole is never taken apart inside quotes, and a part of a sentence is one', () => {
  const translate = translator(said)
  assert.equal(translate('title "BUG: corrupted list in f, g"'), '标题 "BUG: corrupted list in f, g"')
  assert.equal(translate('the kernel reported “INFO: task hung in f; x”'), '内核报告了“INFO: task hung in f; x”')
  assert.equal(
    translate('8-byte write to NULL+0x50 in kernel mode: page not present, code 0x2'),
    '以 8 字节写入 NULL+0x50（内核态）：页不存在，错误码 0x2',
  )
  assert.equal(
    translate('3 left out: vmlinux at 0x40: needs 4 bytes, has 2'),
    '3 个未采用：vmlinux 在 0x40 处：需要 4 字节，只有 2',
  )
})

test('text of any kind is translated in bounded time, and no text is lost', () => {
  const translate = translator(said)
  for (const text of [
    'x'.repeat(1_000_000),
    '; '.repeat(700),
    'read, '.repeat(240),
    `${'the kernel panicked: '.repeat(70)}x`,
    'a is b: c was to be '.repeat(70),
    'V; w, X and y or z: '.repeat(70),
    'A, B; C: D, E; F, '.repeat(80),
    '{0} {~1} is {2}',
  ]) {
    const began = performance.now()
    assert.notEqual(translate(text), '')
    assert.ok(performance.now() - began < 500, text.slice(0, 40))
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
      assert.equal(typeof translate(text), 'string')
      // No sentence has a word of these.
      const odd = text.replaceAll(/[ -~]/g, '')
      assert.equal(translate(odd), odd)
    }),
  )
})

test('what ajv and zod say of a request is known', () => {
  const translate = translator(said)
  const properties = {
    name: { type: 'string', minLength: 3, maxLength: 4, pattern: '^a' },
    long: { type: 'string', maxLength: 1 },
    kind: { enum: ['a', 'b'] },
    count: { type: 'integer', minimum: 3 },
    few: { type: 'number', maximum: 3 },
    list: { type: 'array', minItems: 2 },
    many: { type: 'array', maxItems: 1 },
    flag: { type: 'boolean' },
    object: { type: 'object' },
  }
  const check = new Ajv({ allErrors: true }).compile({
    ...{ type: 'object', properties, required: ['lacking'], additionalProperties: false },
  })
  const odd = {
    name: 'b',
    long: 'xx',
    kind: 'c',
    count: 1,
    few: 4,
    list: [],
    many: [1, 2],
    flag: 1,
    object: 1,
    other: 1,
  }
  check(odd)
  check({ ...odd })
  const told = (check.errors ?? []).map(({ instancePath, message }) => `body${instancePath} ${message}`)
  assert.ok(told.length >= 12, told.join('\n'))
  const settings = z.strictObject({
    ...{ url: z.url(), email: z.email(), kind: z.enum(['a', 'b']), name: z.string().min(3), long: z.string().max(1) },
    ...{ to: z.array(z.string()).min(1), port: z.int().min(3), few: z.int().max(3), token: z.string() },
  })
  const given = { url: 'x', email: 'x', kind: 'c', name: 'b', long: 'xx', to: [], port: 1, few: 4, other: 1 }
  const { error } = settings.safeParse(given)
  for (const { path, message } of error?.issues ?? []) told.push(`settings of slack: ${path.join('.')}: ${message}`)
  assert.ok(told.length >= 20, told.join('\n'))
  assert.deepEqual(
    told.filter(
      text => / (?:must|expected|Invalid|Too|Unrecognized) /.test(translate(text)) || !chinese.test(translate(text)),
    ),
    [],
  )
})
