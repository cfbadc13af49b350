// The configuration: which files count, what they say, and what is said of mistakes.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { ConfigHost } from './files.ts'
import { nodeConfigHost } from './files.ts'
import type { Key, Section } from './key.ts'
import { sections } from './keys.ts'
import { nearNames } from './near.ts'
import { readConfig } from './read.ts'
import { formatValue, ValueError, valueReaders } from './values.ts'

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true })
})

/** A machine's tree with these files. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'faultline-config-'))
  made.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const onTree = (files: Record<string, string>) => readConfig({ host: nodeConfigHost(tree(files)) })

/** One file of which all is known. */
function ofText(text: string | Uint8Array) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const host: ConfigHost = { read: () => bytes, list: () => [] }
  return readConfig({ host, files: ['/x.conf'] })
}

test('without any file every default holds and is told as one', () => {
  const { config, problems, settings, files } = onTree({})
  assert.deepEqual(problems, [])
  assert.deepEqual(files, [])
  assert.equal(config.spool.maxSize, 1024 ** 3)
  assert.equal(config.spool.data, '/var/lib/faultline')
  assert.ok(settings.every(({ from }) => from.join() === 'default'))
})

test('every default is a value that its own row allows and writes back as it stands', () => {
  for (const section of sections as readonly Section[]) {
    for (const key of section.keys as readonly Key[]) {
      assert.match(key.name, /^[A-Z][A-Za-z0-9]*$/)
      assert.match(key.option, /^--[a-z][a-z-]*(?: [A-Z]+)?$/, key.name)
      if (key.default === undefined) continue
      const value = valueReaders[key.type].parse(key.default, key)
      assert.equal(formatValue(value, key), key.default, `${section.name}.${key.name}`)
    }
  }
})

test('no option and no key of a section comes twice', () => {
  const all = (sections as readonly Section[]).flatMap(({ keys }) => keys.map(({ option }) => option.split(' ')[0]))
  assert.deepEqual(all.length, new Set(all).size)
  for (const { keys } of sections as readonly Section[]) assert.equal(keys.length, new Set(keys.map(k => k.name)).size)
})

test('one main file: /etc before /run before /usr/lib', () => {
  const count = (folder: string, value: number) => ({
    [`${folder}/faultline/faultline.conf`]: `[Spool]\nMaxCount=${value}`,
  })
  assert.equal(onTree({ ...count('/usr/lib', 1), ...count('/run', 2) }).config.spool.maxCount, 2)
  assert.equal(onTree({ ...count('/usr/lib', 1), ...count('/run', 2), ...count('/etc', 3) }).config.spool.maxCount, 3)
})

test('drop-ins: by name over all folders, behind the main file; one name once', () => {
  const { config, settings } = onTree({
    '/etc/faultline/faultline.conf': '[Spool]\nMaxCount=1\nMaxSize=2M',
    '/usr/lib/faultline/faultline.conf.d/50-vendor.conf': '[Spool]\nMaxCount=50',
    '/usr/lib/faultline/faultline.conf.d/90-late.conf': '[Spool]\nKeepFree=9M',
    '/etc/faultline/faultline.conf.d/50-vendor.conf': '[Spool]\nMaxCount=55',
    '/run/faultline/faultline.conf.d/10-early.conf': '[Spool]\nMaxCount=10\nKeepFree=1M',
    '/etc/faultline/faultline.conf.d/README': 'not a configuration',
  })
  assert.deepEqual([config.spool.maxCount, config.spool.maxSize, config.spool.keepFree], [55, 2 << 20, 9 << 20])
  const from = settings.find(({ key }) => key === 'MaxCount')?.from
  assert.deepEqual(from, ['/etc/faultline/faultline.conf.d/50-vendor.conf:2'])
})

test('a link to /dev/null masks a vendor file', () => {
  const root = tree({ '/usr/lib/faultline/faultline.conf.d/50-a.conf': '[Spool]\nMaxCount=50' })
  mkdirSync(join(root, '/etc/faultline/faultline.conf.d'), { recursive: true })
  symlinkSync('/dev/null', join(root, '/etc/faultline/faultline.conf.d/50-a.conf'))
  const { config, problems } = readConfig({ host: nodeConfigHost(root) })
  assert.equal(config.spool.maxCount, 1000)
  assert.deepEqual(problems, [])
})

test('lists append over lines and files; an empty value clears them', () => {
  const { config } = onTree({
    '/etc/faultline/faultline.conf': '[Collect]\nSkip=a b\nSkip=c\n',
    '/etc/faultline/faultline.conf.d/1.conf': '[Collect]\nSkip=d',
  })
  assert.deepEqual(config.collect.skip, ['a', 'b', 'c', 'd'])
  assert.deepEqual(ofText('[Collect]\nSkip=a\nSkip=\nSkip=b').config.collect.skip, ['b'])
  assert.deepEqual(ofText('[Spool]\nMaxCount=3\nMaxCount=').config.spool.maxCount, 1000)
})

test('comments, continued lines, blanks and CRs', () => {
  const text = '# one\r\n; two\r\n[Collect]\r\n  Skip = a \\\r\n# between\r\n   b\r\n\r\n'
  const { config, problems } = ofText(text)
  assert.deepEqual(problems, [])
  assert.deepEqual(config.collect.skip, ['a', 'b'])
})

test('values: sizes, time spans, booleans', () => {
  const { config, problems } = ofText('[Spool]\nMaxSize=1.5G\nMaxAge=2d 12h\n[Collect]\nEnabled=off\nTimeout=90')
  assert.deepEqual(problems, [])
  assert.equal(config.spool.maxSize, 1.5 * 1024 ** 3)
  assert.equal(config.spool.maxAge, 60 * 3_600_000)
  assert.equal(config.collect.enabled, false)
  assert.equal(config.collect.timeout, 90_000)
})

const mistakes: [text: string, line: number, column: number, message: RegExp][] = [
  ['[Spol]\nMaxSize=1G', 1, 1, /no section \[Spol\]\. Did you mean \[Spool\]\? Sections are .*Watch/],
  ['[Spool]\nMaxSzie=1G', 2, 1, /no key "MaxSzie"\. Did you mean MaxSize\? Its keys are Data, MaxSize/],
  ['[Spool]\n  Timeout=1s', 2, 3, /It belongs into \[Collect\]/],
  ['[Spool]\nMaxSize =   lots', 2, 13, /"lots" is not a size\. Expected a size in bytes of at least 1M/],
  ['[Spool]\nMaxSize=3K', 2, 9, /3K is too small: the least is 1M/],
  ['[Collect]\nTimeout=5min 3fortnights', 2, 15, /"fortnights" is no unit of time/],
  ['[Collect]\nConcurrency=2.5', 2, 13, /"2\.5" is not a whole number\. Expected a whole number from 1 to 64/],
  ['[Collect]\nEnabled=maybe', 2, 9, /neither yes nor no/],
  ['[Spool]\nData=var', 2, 6, /does not start with "\/"/],
  ['MaxSize=1', 1, 1, /stands before any section/],
  ['[Spool]\nwhat is this', 2, 1, /expected Key=value/],
  ['[Spool', 1, 1, /a section is written \[Name\]/],
  ['[Spool]\nData=/a\u0000b', 2, 8, /not text/],
]

for (const [text, line, column, message] of mistakes) {
  test(`a mistake is told with its place: ${JSON.stringify(text)}`, () => {
    const { problems } = ofText(text)
    assert.equal(problems.length, 1, JSON.stringify(problems))
    assert.match(problems[0]!.message, message)
    assert.deepEqual([problems[0]!.file, problems[0]!.line, problems[0]!.column], ['/x.conf', line, column])
  })
}

test('a mistake leaves the rest in force', () => {
  const { config, problems } = ofText('[Spool]\nMaxCount=x\nMaxCount=7\n[Nothing]\nA=b\n[Collect]\nConcurrency=3')
  assert.equal(problems.length, 2)
  assert.deepEqual([config.spool.maxCount, config.collect.concurrency], [7, 3])
})

test('an option takes the place of what files say, lists too; a wrong one throws', () => {
  const host = nodeConfigHost(tree({ '/etc/faultline/faultline.conf': '[Collect]\nSkip=a\n[Spool]\nMaxCount=1' }))
  const { config, settings } = readConfig({ host, overrides: { 'Collect.Skip': ['b', 'c'], 'Spool.MaxCount': '9' } })
  assert.deepEqual([config.collect.skip, config.spool.maxCount], [['b', 'c'], 9])
  assert.deepEqual(settings.find(({ key }) => key === 'Skip')?.from, ['--skip-collectors', '--skip-collectors'])
  assert.throws(() => readConfig({ host, overrides: { 'Spool.MaxCount': 'many' } }), ValueError)
})

test('a file that cannot be read is a problem, and the others hold', () => {
  const root = tree({ '/etc/faultline/faultline.conf.d/2.conf': '[Spool]\nMaxCount=2' })
  mkdirSync(join(root, '/etc/faultline/faultline.conf.d/1.conf'))
  const { config, problems } = readConfig({ host: nodeConfigHost(root) })
  assert.equal(config.spool.maxCount, 2)
  assert.match(problems[0]!.message, /no regular file/)
  assert.match(readConfig({ files: ['/nowhere.conf'] }).problems[0]!.message, /no such file/)
})

test('no bytes throw, and a place is always inside the file', () => {
  const line = fc.oneof(
    fc.constantFrom('[Spool]', '[Collect]', '[Route x]', 'Skip=a \\', 'MaxSize=', '#', ';', '\\', '[', ']', '='),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), lines => {
      const text = lines.join('\n')
      const { problems } = ofText(text)
      const all = text.split('\n')
      for (const { line: at, column } of problems) {
        assert.ok(at >= 1 && at <= all.length)
        assert.ok(column >= 1 && column <= all[at - 1]!.length + 2, `${column} of ${all[at - 1]!.length}`)
      }
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void ofText(bytes)))
})

test('sizes and time spans are read back as they are written', () => {
  for (const type of ['size', 'duration'] as const) {
    const key: Key = { name: 'X', type, option: '--x', doc: '' }
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), value => {
        assert.equal(valueReaders[type].parse(formatValue(value, key), key), value)
      }),
    )
  }
})

test('near names', () => {
  assert.deepEqual(nearNames('Sourec', ['Source', 'Silence']), ['Source'])
  assert.deepEqual(nearNames('xyz', ['Source', 'Silence']), [])
})
