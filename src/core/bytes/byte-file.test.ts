import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FilePart, MemoryFile, readCursor } from './byte-file.ts'

const file = new MemoryFile('vmlinux', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))

test('ranges of a file, and of a part of it', async () => {
  assert.deepEqual([...(await file.read(2, 3))], [3, 4, 5])
  const part = new FilePart('part', file, 2, 4)
  assert.deepEqual([...(await part.read(1, 3))], [4, 5, 6])
  assert.equal((await readCursor(file, 4, 4, 'big', 'elf')).u32(), 0x05060708)
})

test('a range outside of the file says where, what was needed and what is there', async () => {
  await assert.rejects(file.read(6, 4), { name: 'FormatError', message: 'vmlinux at 0x6: needs 4 bytes, has 2' })
  await assert.rejects(file.read(-1, 1), { name: 'FormatError' })
  await assert.rejects(file.read(0, Number.NaN), { name: 'FormatError' })
  const part = new FilePart('part', file, 2, 4)
  await assert.rejects(async () => part.read(3, 2), { message: 'part at 0x3: needs 2 bytes, has 1' })
  assert.throws(() => new FilePart('part', file, 6, 4), { name: 'FormatError' })
})
