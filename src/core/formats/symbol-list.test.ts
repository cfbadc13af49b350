import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../../tests/random.ts'
import { FormatError } from '../bytes/cursor.ts'
import { readProcModules } from './proc-modules.ts'
import { readSymbolList } from './symbol-list.ts'

const encoder = new TextEncoder()
const read = (text: string) => readSymbolList('list', encoder.encode(text))
const rows = (text: string) => {
  const list = read(text)
  return Array.from({ length: list.count }, (_, i) => ({ address: list.addresses[i]!, ...list.symbol(i) }))
}

const kallsyms = `ffffffff81000000 T _text
ffffffff81000040 t secondary_startup_64
ffffffffc0a2d010 t nvme_queue_rq\t[nvme]
ffffffffc0a2e000 t bpf_prog_6deef7357e7b4530\t[bpf]
`

test('/proc/kallsyms with modules', () => {
  assert.deepEqual(rows(kallsyms), [
    { address: 0xffffffff81000000n, type: 'T', name: '_text' },
    { address: 0xffffffff81000040n, type: 't', name: 'secondary_startup_64' },
    { address: 0xffffffffc0a2d010n, type: 't', name: 'nvme_queue_rq', module: 'nvme' },
    { address: 0xffffffffc0a2e000n, type: 't', name: 'bpf_prog_6deef7357e7b4530', module: 'bpf' },
  ])
  assert.equal(read(kallsyms).modules, true)
})

test('System.map of 32 bit, saved on Windows, without its last line break', () => {
  assert.deepEqual(
    rows('c0008000 T stext\r\nc0008000 T _text\r\n         U nothing\r\nc00080a4 t __create_page_tables'),
    [
      { address: 0xc0008000n, type: 'T', name: 'stext' },
      { address: 0xc0008000n, type: 'T', name: '_text' },
      { address: 0xc00080a4n, type: 't', name: '__create_page_tables' },
    ],
  )
  assert.equal(read('c0008000 T stext\n').wordBytes, 4)
  assert.equal(read(kallsyms).wordBytes, 8)
})

test('addresses that the kernel hid are told', () => {
  assert.equal(read('0000000000000000 T _text\n0000000000000000 T _stext\n').hidden, true)
  assert.equal(read(kallsyms).hidden, undefined)
})

test('what is no list says what was expected; Debian’s stub says where the list is', () => {
  assert.throws(() => read(''), FormatError)
  assert.throws(() => read('MODULE nvme\n'), /expected lines like "ffffffff81000000 T _text"/)
  assert.throws(
    () => read('ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n'),
    /the real System\.map is in the linux-image-<version>-dbg package/,
  )
})

test('many mutations: symbols, or a FormatError', () => {
  const random = new Random(9)
  for (let round = 0; round < 2000; round++) {
    const bytes = encoder.encode(kallsyms)
    for (let i = random.below(8); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256)
    try {
      const list = readSymbolList('list', bytes)
      for (let i = 0; i < list.count; i++) assert.equal(list.symbol(i).type.length, 1)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
})

test('/proc/modules', () => {
  const text = `nvme 57344 3 - Live 0xffffffffc0a2d000
nvme_core 212992 4 nvme,nvme_tcp, Live 0xffffffffc09f0000 (OE)
hidden 16384 0 - Loading 0x0000000000000000
dummy 16384 0 [permanent], Live 0xffffffffc0100000
Module                  Size  Used by
`
  assert.deepEqual(readProcModules(text), [
    { name: 'nvme', sizeBytes: 57344, address: 0xffffffffc0a2d000n, usedBy: [], state: 'Live' },
    {
      name: 'nvme_core',
      sizeBytes: 212992,
      address: 0xffffffffc09f0000n,
      usedBy: ['nvme', 'nvme_tcp'],
      state: 'Live',
      taint: 'OE',
    },
    { name: 'hidden', sizeBytes: 16384, usedBy: [], state: 'Loading' },
    { name: 'dummy', sizeBytes: 16384, address: 0xffffffffc0100000n, usedBy: [], state: 'Live' },
  ])
})
