// Windows of NVRAM and flash, as boards' own code writes them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryFile } from '../bytes/byte-file.ts'
import { readWindow, readWindowFormat, type WindowFormat } from './log-window.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

async function textOf(window: Uint8Array, format: string): Promise<string | undefined> {
  const read = readWindowFormat(format)
  assert.ok(typeof read !== 'string', String(read))
  const log = await readWindow(new MemoryFile('window', window), read)
  return log && Buffer.from(log.text).toString('latin1')
}

test('text up to what fills it', async () => {
  assert.equal(await textOf(bytes('oops\n\xff\xff\xff'), 'text'), 'oops\n')
  assert.equal(await textOf(bytes('oops\n\0\0'), 'text'), 'oops\n')
  assert.equal(await textOf(bytes('\xff\xff\xff\xff'), 'text'), undefined)
})

test('a length in the header, of either byte order; erased flash is no log', async () => {
  assert.equal(await textOf(bytes('\x05\0\0\0oops\nold text'), 'length'), 'oops\n')
  assert.equal(
    await textOf(bytes('MAGI\0\0\0\x05oops\nold'), 'length:length=4,header=8,order=big,magic=0:4d414749'),
    'oops\n',
  )
  assert.equal(
    await textOf(bytes('NONE\0\0\0\x05oops\nold'), 'length:length=4,header=8,order=big,magic=0:4d414749'),
    undefined,
  )
  assert.equal(await textOf(bytes('\xff\xff\xff\xff\xff\xff'), 'length'), undefined)
})

test('a ring that has wrapped, and one that is not full', async () => {
  assert.equal(await textOf(bytes('\x04\0\0\0end\nbegin '), 'ring'), 'begin end\n')
  assert.equal(await textOf(bytes('\x04\0\0\0end\n\xff\xff\xff\xff'), 'ring'), 'end\n')
})

test('a length that cannot be is told, and the text given', async () => {
  const format = readWindowFormat('length') as WindowFormat
  const log = await readWindow(new MemoryFile('window', bytes('\x05\x05\x05\0oops\n')), format)
  assert.match(log!.damage.join(), /tells a length of 328965 where there are 5 bytes/)
  assert.equal(Buffer.from(log!.text).toString(), 'oops\n')
})

test('what is wrong with a format is said', () => {
  assert.match(String(readWindowFormat('tape')), /"tape": expected auto, text, length or ring/)
  assert.match(String(readWindowFormat('ring:position=8')), /position at 8 is not within the header of 4 bytes/)
  assert.match(String(readWindowFormat('ring:magic=zz')), /"magic=zz" in its format/)
  assert.match(String(readWindowFormat('ring:start=1')), /"start" in its format/)
})

test('no bytes and no format throw', async () => {
  const format = fc.oneof(
    fc.constantFrom('text', 'length', 'ring', 'ring:position=8,header=16', 'length:length=4,header=8,order=big'),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), format, async (window, text) => {
      const read = readWindowFormat(text)
      if (typeof read !== 'string') await readWindow(new MemoryFile('window', window), read)
    }),
  )
})
