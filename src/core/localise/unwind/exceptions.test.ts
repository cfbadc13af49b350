import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abiOf } from './abi.ts'
import { stepByException } from './exceptions.ts'
import type { Memory } from './frame.ts'

const stack = 0xffff800080003000n

function memoryOf(words: ReadonlyMap<bigint, bigint>, low: bigint): Memory {
  return {
    low,
    high: low + 0x1000n,
    read: address => (address >= low && address < low + 0x1000n ? (words.get(address) ?? 0n) : undefined),
  }
}

test('arm64 since 6.13: registers behind a record of zeros, and the last record', () => {
  const saved = stack + 0x40n
  const words = new Map([
    [saved + 256n, 0xffffffc008001234n],
    [saved + 248n, stack + 0x400n],
    [saved + 29n * 8n, stack + 0x420n],
    [saved + 19n * 8n, 19n],
    [saved + 296n + 16n, 2n],
    [stack + 0x420n + 16n, 1n],
  ])
  const input = {
    arch: 'arm64' as const,
    abi: abiOf('arm64')!,
    registers: new Map([[29, saved + 296n]]),
    memory: memoryOf(words, stack),
    bottom: stack,
    isCode: (address: bigint) => address === 0xffffffc008001234n,
  }
  const step = stepByException(input)!
  assert.deepEqual([step.returnTo, step.top, step.interrupted], [0xffffffc008001234n, stack + 0x400n, true])
  assert.equal(step.registers.get(19), 19n)
  const last = stepByException({ ...input, registers: step.registers, bottom: step.top })!
  assert.equal(last.last, true)
})

test('PowerPC: registers behind "regshere"', () => {
  const bottom = 0xc000000003000000n
  const saved = bottom + 48n
  const words = new Map([
    [bottom + 32n, 0x7265677368657265n],
    [saved + 32n * 8n, 0xc000000000123458n],
    [saved + 36n * 8n, 0xc000000000123400n],
    [saved + 8n, bottom + 0x300n],
    [saved + 31n * 8n, 31n],
  ])
  const step = stepByException({
    arch: 'powerpc64',
    abi: abiOf('powerpc64')!,
    registers: new Map([[1, bottom]]),
    memory: memoryOf(words, bottom),
    bottom,
    isCode: address => address === 0xc000000000123458n,
  })!
  assert.deepEqual([step.returnTo, step.top, step.interrupted], [0xc000000000123458n, bottom + 0x300n, true])
  assert.deepEqual([step.registers.get(65), step.registers.get(31)], [0xc000000000123400n, 31n])
})
