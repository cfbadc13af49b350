import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodableText, type RecoveredLog } from './recover.ts'

const log = (name: string, ...lines: string[]): RecoveredLog => ({
  name,
  by: 'kernel',
  offset: 0,
  text: Buffer.from(lines.map(line => `${line}\n`).join('')),
  damage: [],
})
const numbered = (from: number, to: number, level = ''): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => `${level}[    ${from + at}.000000] line ${from + at}`)
const textOf = (...logs: RecoveredLog[]): string[] => Buffer.from(decodableText(logs)).toString().trimEnd().split('\n')

test('a dump that the console has whole is not given again', () => {
  const console = log('console-ramoops-0', ...numbered(1, 20))
  const dump = log('dmesg-ramoops-0', 'Oops#1 Part1', ...numbered(3, 12, '<4>'))
  assert.deepEqual(textOf(dump, console), numbered(1, 20))
  assert.deepEqual(textOf(console, dump), numbered(1, 20))
})

test('a console that was registered late goes on where the last dump that runs into it ends', () => {
  const console = log('console-ramoops-0', ...numbered(8, 30))
  const first = log('dmesg-ramoops-0', 'Oops#1 Part1', ...numbered(1, 15, '<4>'))
  const second = log('dmesg-ramoops-1', 'Oops#2 Part1', ...numbered(1, 22, '<4>'))
  const both = [
    'Oops#1 Part1',
    ...numbered(1, 15, '<4>'),
    'Oops#2 Part1',
    ...numbered(1, 22, '<4>'),
    ...numbered(23, 30),
  ]
  assert.deepEqual(textOf(console, first, second), both)
  assert.deepEqual(textOf(first, second, console), both)
})

test('of a console that begins with half a line, that half is not given either', () => {
  const console = log('console-ramoops-0', 'ine 7', ...numbered(8, 30))
  const dump = log('dmesg-ramoops-0', 'Oops#1 Part1', ...numbered(1, 15, '<4>'))
  assert.deepEqual(textOf(console, dump), ['Oops#1 Part1', ...numbered(1, 15, '<4>'), ...numbered(16, 30)])
})

test('a console of another boot stands by itself', () => {
  const console = log('console-ramoops-0', ...numbered(40, 50))
  const dump = log('dmesg-ramoops-0', 'Oops#1 Part1', ...numbered(1, 15, '<4>'))
  assert.deepEqual(textOf(console, dump), [...numbered(40, 50), 'Oops#1 Part1', ...numbered(1, 15, '<4>')])
})
