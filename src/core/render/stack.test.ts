import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../model.ts'
import { inkFor } from './ink.ts'
import { outlineOf } from './outline.ts'
import { sectionLines } from './terminal-sections.ts'

const report = {
  source: {},
  title: 'BUG: unable to handle kernel paging request in inner',
  severity: 'oops',
  kind: 'page-fault',
  fatal: false,
  altTitles: [],
  pc: { symbol: 'inner', offset: 8, size: 64 },
  traces: [
    {
      title: 'Call Trace',
      frames: [
        {
          symbol: 'inner',
          offset: 8,
          size: 64,
          variables: [{ name: 'engine', type: 'struct engine *', value: 'NULL', where: 'r4', argument: true }],
        },
        { symbol: 'jumper', size: 32, inferred: 'outer calls it, and it jumps to inner as its last act' },
        { symbol: 'outer', offset: 16, size: 96 },
        {
          symbol: 'older',
          offset: 4,
          size: 8,
          reliable: false,
          weight: { is: 'no call', because: 'no call stands before it' },
        },
      ],
    },
  ],
  stack: {
    address: '0xc1000000',
    words: [
      { address: '0xc1000000', value: '0x00000001', kind: 'local', frame: 0, meaning: 'count' },
      {
        address: '0xc1000004',
        value: '0xc0300010',
        kind: 'return-address',
        frame: 0,
        meaning: 'return address of inner  outer+0x10/0x60',
      },
      { address: '0xc1000008', value: '0x6b6b6b6b', kind: 'poison', frame: 2, meaning: 'POISON\u001b[31m_FREE' },
    ],
    frames: [
      {
        symbol: 'inner',
        offset: 8,
        size: 64,
        bottom: '0xc1000000',
        top: '0xc1000008',
        by: 'registers',
        confidence: 'certain',
      },
      {
        symbol: 'jumper',
        size: 32,
        bottom: '0xc1000008',
        top: '0xc1000008',
        by: 'tail-call',
        confidence: 'likely',
        inferred: 'outer calls it',
      },
      { symbol: 'outer', offset: 16, size: 96, bottom: '0xc1000008', by: 'prologue', confidence: 'likely' },
    ],
  },
  lines: { first: 1, last: 1 },
  text: '',
  fingerprint: '0',
} as unknown as Report

const linesOf = (id: string, colour = false): string[] => {
  const section = outlineOf(report).sections.find(each => each.id === id)!
  return sectionLines(section, { width: 120, verbose: true, ink: inkFor(colour) })
}

test('a bar for each frame, its words below; nothing of the log escapes', () => {
  assert.deepEqual(linesOf('stack'), [
    '    ┌─ inner+0x8/0x40  8 bytes, where it stopped',
    '    │ 0xc1000000  0x00000001  count',
    '    │ 0xc1000004  0xc0300010  return address of inner  outer+0x10/0x60',
    '    ┌─ jumper  outer calls it',
    '    ┌─ outer+0x10/0x60  end not known, by its callee’s code (likely)',
    '    │ 0xc1000008  0x6b6b6b6b  POISON␛[31m_FREE',
  ])
  assert.match(linesOf('stack', true)[2]!, /\x1b\[32mreturn address of inner/)
})

test('the trace: values, what was not printed, what an unreliable frame is', () => {
  const lines = linesOf('trace-1')
  assert.match(lines[1]!, /^ {8}engine = NULL$/)
  assert.match(lines[2]!, /^ {2}↷ jumper\b.* not printed: outer calls it, and it jumps to inner as its last act$/)
  assert.match(lines[4]!, /^ {2}\? older\+0x4\/0x8 {2}no call: no call stands before it$/)
})
