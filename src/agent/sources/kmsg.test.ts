// On this machine's own ring buffer. What is written to it are harmless lines of user space (facility 1).

import assert from 'node:assert/strict'
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Decoder } from '../../core/decoder.ts'
import { KmsgRecords, sequenceOf } from '../../core/log/kmsg-record.ts'
import { createPoller } from '../../node/poller.ts'
import { kmsg } from './kmsg.ts'
import { KeptSink, opened, testHost, until } from './testing.ts'

const readable = (): boolean => {
  try {
    closeSync(openSync('/dev/kmsg', constants.O_RDWR | constants.O_NONBLOCK))
    return true
  } catch {
    return false
  }
}
const skip = readable() ? false : 'no /dev/kmsg that may be read and written here'
const word = `faultline-test-${process.pid}-${Date.now()}`
const write = (text: string): void => writeFileSync('/dev/kmsg', `<14>${word} ${text}\n`)

/** The ring as it is now, by a reader of its own. */
function ring(): Buffer[] {
  const descriptor = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  const out: Buffer[] = []
  const memory = Buffer.alloc(8192)
  try {
    for (;;) out.push(Buffer.from(memory.subarray(0, readSync(descriptor, memory))))
  } catch {
    closeSync(descriptor)
    return out
  }
}

for (const engine of ['poll', 'timer'] as const) {
  test(`every record of the ring comes once, then each new one at once (${engine})`, { skip }, async context => {
    const sink = new KeptSink()
    const host = testHost(context, engine === 'poll' ? createPoller() : createPoller(null))
    if (host.poller.engine !== engine) return context.skip('no koffi here')
    write(`${engine} before`)
    const expected = ring()
    const capture = await opened(context, kmsg.open('', sink, host))
    await until(() => sink.texts.some(text => text === `${word} ${engine} before`), 'the ring')
    assert.deepEqual(sink.bytes().subarray(0, Buffer.concat(expected).length), Buffer.concat(expected))
    write(`${engine} after`)
    await until(() => sink.texts.includes(`${word} ${engine} after`), 'a new record')
    const last = sink.records.find(({ text }) => text === `${word} ${engine} after`)!
    assert.equal(last.userSpace, true)
    assert.equal(last.facility, 1)
    // the wall clock of a record that has just come
    assert.ok(Math.abs(Date.parse(last.wall!) - Date.now()) < 2000, last.wall)
    const numbers = sink.records.flatMap(record => record.sequence ?? [])
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    )
    assert.equal(sink.lostCount, 0)
    await capture.close()
  })
}

test('a look says that there is no more only when all that is there was handed over', { skip }, async context => {
  const sink = new KeptSink()
  // Nothing wakes it: what comes, comes by its looks.
  const sleeping = { engine: 'poll', watch: () => () => {}, close: () => {} } as const
  const capture = await opened(context, kmsg.open('', sink, testHost(context, sleeping)))
  write('looked for')
  const expected = Buffer.concat(ring())
  while (!capture.settle!(0)) await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(sink.bytes().subarray(0, expected.length), expected)
})

test('begun again it goes on behind the last record, or at the one that was under way', { skip }, async context => {
  const host = testHost(context)
  const first = new KeptSink()
  const one = await opened(context, kmsg.open('', first, host))
  write('one')
  await until(() => first.texts.includes(`${word} one`), 'the first')
  const cursor = one.cursor!(undefined)!
  const underWay = one.cursor!(first.records.find(({ text }) => text === `${word} one`))!
  await one.close()
  write('two')
  for (const [from, expected] of [
    [cursor, ['two']],
    [underWay, ['one', 'two']],
  ] as const) {
    const sink = new KeptSink()
    const two = await opened(context, kmsg.open('', sink, host, from))
    await until(() => sink.texts.includes(`${word} two`), 'the second')
    assert.deepEqual(
      sink.texts,
      expected.map(each => `${word} ${each}`),
    )
    assert.equal(sink.lostCount, 0)
    await two.close()
  }
  // another boot has other numbers
  const sink = new KeptSink()
  const three = await opened(context, kmsg.open('', sink, { ...host, bootId: 'boot-2' }, cursor))
  await until(() => sink.texts.includes(`${word} two`), 'the ring')
  assert.ok(sink.records.length > 2)
  await three.close()
})

test('what was overwritten since the last record is counted by the numbers', { skip }, async context => {
  const host = testHost(context)
  const numbers = ring().map(each => sequenceOf(each)!)
  const sink = new KeptSink()
  const oldest = numbers[0]!
  // As if the agent had stopped 1000 records before the oldest that is left.
  const capture = await opened(context, kmsg.open('', sink, host, { bootId: 'boot-1', sequence: oldest - 1000 }))
  await until(() => sink.records.length >= numbers.length, 'the ring')
  assert.equal(sink.lostCount, 1000)
  assert.equal(sink.records[0]!.lostBefore, 1000)
  assert.equal(capture.stats()['lost'], 1000)
  await capture.close()
})

test('an Oops that user space writes is no exception', { skip }, async context => {
  const host = testHost(context)
  const sink = new KeptSink()
  const capture = await opened(context, kmsg.open('', sink, host))
  const forged = readFileSync(
    new URL('../../../fixtures/kinds/null-dereference/x86_64-6.1-read-in-module/input.log', import.meta.url),
    {
      encoding: 'utf8',
      flag: 'r',
    },
  )
  // devkmsg is rate limited: ten records in five seconds
  const lines = forged.split('\n').filter(Boolean).slice(0, 3)
  for (const line of lines) writeFileSync('/dev/kmsg', `<0>${line.replace(/^\[[^\]]*\] /, '')} ${word}\n`)
  await until(() => sink.texts.some(text => text.endsWith(word) && text.includes('BUG')), 'the forged lines')
  const decoder = new Decoder({ live: true })
  assert.deepEqual(
    decoder.pushRecords(
      sink.records.filter(record => record.text.endsWith(word)),
      1,
    ),
    [],
  )
  assert.deepEqual(decoder.settle(1e9), [])
  await capture.close()
})

test('records of the lab say the same as its dmesg', { skip: labSkip() }, () => {
  const folder = '../shared/corpus/lab/x86_64/kmsg'
  const raw = readFileSync(`${folder}/kmsg.raw`)
  const reader = new KmsgRecords()
  const texts: string[] = []
  let numbers = 0
  let position = 0
  for (const text of raw.toString('latin1').split(/\n(?! )/)) {
    const bytes = Buffer.from(`${text}\n`, 'latin1')
    if (text === '') continue
    assert.equal(sequenceOf(bytes), numbers)
    const found = reader.read(bytes, position)
    assert.equal(found[0]!.span.start, position)
    assert.equal(found[0]!.sequence, numbers++)
    // one record with two lines is there
    texts.push(...found.map(record => record.text))
    position += bytes.length
  }
  const dmesg = readFileSync(`${folder}/dmesg.txt`, 'utf8').split('\n').filter(Boolean)
  assert.deepEqual(
    texts.slice(0, dmesg.length),
    dmesg.map(line => line.replace(/^\[[^\]]*\] ?/, '')),
  )
})

function labSkip(): string | false {
  return existsSync('../shared/corpus/lab/x86_64/kmsg/kmsg.raw') ? false : 'no ../shared/corpus/lab'
}
