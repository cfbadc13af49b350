// Log files as programs and logrotate treat them, and FIFOs and terminals.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { file } from './file.ts'
import { journal } from './journal.ts'
import { pipe } from './pipe.ts'
import { serial } from './serial.ts'
import type { Capture, Cursor } from './source.ts'
import { KeptSink, opened, testHost, until } from './testing.ts'

function folder(context: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'faultline-file-'))
  context.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function watch(
  context: TestContext,
  path: string,
  resume?: Cursor,
): Promise<{ sink: KeptSink; capture: Capture }> {
  const sink = new KeptSink()
  return { sink, capture: await opened(context, file.open(path, sink, testHost(context), resume)) }
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('')
const numbersOf = (sink: KeptSink): number[] => sink.texts.map(text => Number(text.slice(5)))
const upTo = (count: number, from = 0): number[] => Array.from({ length: count - from }, (_, index) => from + index)

test('a file is followed through renaming and copytruncate, nothing twice, nothing lost', async context => {
  const path = join(folder(context), 'kern.log')
  writeFileSync(path, lines(0, 10))
  const { sink, capture } = await watch(context, `${path},all`)
  await until(() => sink.records.length === 10, 'what is there')
  appendFileSync(path, 'line 10\nline')
  await until(() => sink.records.length === 11, 'growth')
  appendFileSync(path, ' 11\n')
  await until(() => sink.records.length === 12, 'the end of a line')
  // renamed; the old one is still written to, then the new one is there
  renameSync(path, `${path}.1`)
  appendFileSync(`${path}.1`, lines(12, 14))
  await until(() => sink.records.length === 14, 'the renamed file')
  writeFileSync(path, lines(14, 20))
  await until(() => sink.records.length === 20, 'the new file')
  // copied and cut, with lines that were not read yet
  appendFileSync(path, lines(20, 2000))
  copyFileSync(path, `${path}.copy`)
  truncateSync(path)
  appendFileSync(path, lines(2000, 2005))
  await until(() => sink.records.length === 2005, `all of the rest, have ${sink.records.length}`)
  assert.deepEqual(numbersOf(sink), upTo(2005))
  assert.equal(capture.stats()['rotations'], 1)
  await capture.close()
})

test('begun again it goes on where it was, in whatever file that is now', async context => {
  const path = join(folder(context), 'kern.log')
  writeFileSync(path, lines(0, 10))
  const first = await watch(context, `${path},all`)
  await until(() => first.sink.records.length === 10, 'what is there')
  const [end, seventh] = [first.capture.cursor!(undefined)!, first.capture.cursor!(first.sink.records[7])!]
  await first.capture.close()
  appendFileSync(path, lines(10, 12))
  for (const [cursor, from] of [
    [end, 10],
    [seventh, 7],
  ] as const) {
    const again = await watch(context, path, cursor)
    await until(() => again.sink.records.length === 12 - from, 'the rest')
    assert.deepEqual(numbersOf(again.sink), upTo(12, from))
    await again.capture.close()
  }
  renameSync(path, `${path}.1`)
  writeFileSync(path, lines(12, 15))
  const rotated = await watch(context, path, seventh)
  await until(() => rotated.sink.records.length === 8, 'both files')
  assert.deepEqual(numbersOf(rotated.sink), upTo(15, 7))
  await rotated.capture.close()
  rmSync(`${path}.1`)
  const gone = await watch(context, path, seventh)
  await until(() => gone.sink.records.length === 3, 'the file that is left')
  assert.match(gone.sink.troubles[0]!, /has gone/)
  await gone.capture.close()
})

test('without a cursor a file begins at its end', async context => {
  const path = join(folder(context), 'kern.log')
  writeFileSync(path, lines(0, 10))
  const { sink, capture } = await watch(context, path)
  appendFileSync(path, lines(10, 11))
  await until(() => sink.records.length === 1, 'the new line')
  assert.deepEqual(sink.texts, ['line 10'])
  await capture.close()
})

test('a FIFO outlives its writers', async context => {
  const path = join(folder(context), 'fifo')
  if (spawnSync('mkfifo', [path]).status !== 0) return context.skip('no mkfifo here')
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, pipe.open(path, sink, host))
  for (const word of ['one', 'two']) {
    const writer = openSync(path, constants.O_WRONLY)
    writeSync(writer, `<4>[    1.000000] ${word}\n`)
    closeSync(writer)
    await until(() => sink.texts.at(-1) === word, word)
  }
  assert.equal(sink.records[0]!.level, 4)
  await capture.close()
})

test('a terminal is set raw, and a prompt comes after a silence', async context => {
  let koffi: typeof import('koffi')
  try {
    koffi = createRequire(import.meta.url)('koffi')
  } catch {
    return context.skip('no koffi here, to make a terminal')
  }
  const library = koffi.load(null)
  const master: number = library.func('int posix_openpt(int)')(constants.O_RDWR | constants.O_NOCTTY)
  library.func('int grantpt(int)')(master)
  library.func('int unlockpt(int)')(master)
  const path: string = library.func('const char *ptsname(int)')(master)
  const sink = new KeptSink()
  const host = testHost(context)
  const capture = await opened(context, serial.open(`${path},115200`, sink, host))
  assert.deepEqual(sink.troubles, [])
  writeSync(master, '[    1.000000] BUG: something\r\n[    2.000000] more\r\nlogin: ')
  await until(() => sink.records.length === 2, 'two lines')
  assert.deepEqual(sink.texts, ['BUG: something', 'more'])
  capture.settle?.(performance.now() + 2000)
  assert.equal(sink.texts[2], 'login: ')
  await assert.rejects(async () => serial.open(`${path},12345`, sink, host), /no rate of 12345/)
  await capture.close()
  closeSync(master)
})

test('an exported journal comes entry by entry, binary fields too', async context => {
  const path = join(folder(context), 'journal.export')
  const entry = (cursor: string, message: string, more = ''): string =>
    `__CURSOR=${cursor}\n__REALTIME_TIMESTAMP=1795330954578399\n_TRANSPORT=kernel\nPRIORITY=4\nSYSLOG_IDENTIFIER=kernel\n` +
    `_SOURCE_MONOTONIC_TIMESTAMP=5000000\n${more}MESSAGE=${message}\n\n`
  writeFileSync(
    path,
    entry('s=1;i=1', 'first') +
      entry('s=1;i=2', 'BUG: second', 'COREDUMP\n\x05\0\0\0\0\0\0\0a\nb\0c\n') +
      entry('s=1;i=3', 'third'),
  )
  const sink = new KeptSink()
  await opened(context, journal.open(path, sink, testHost(context)))
  await until(() => sink.hasEnded, 'the end')
  assert.deepEqual(sink.texts, ['first', 'BUG: second', 'third'])
  assert.equal(sink.records[0]!.userSpace, undefined)
  assert.equal(Buffer.compare(sink.bytes(), readFileSync(path)), 0)
  assert.ok(existsSync(path))
})
