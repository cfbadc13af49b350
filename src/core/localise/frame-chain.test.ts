import assert from 'node:assert/strict'
import { test } from 'node:test'
import { walkFrameChain } from './frame-chain.ts'

const memory = (words: Record<string, string>) => {
  const map = new Map(Object.entries(words).map(([at, value]) => [BigInt(at), BigInt(value)]))
  return (address: bigint): bigint | undefined => map.get(address)
}
const returns = (frames: ReturnType<typeof walkFrameChain>): (string | undefined)[] =>
  frames.map(({ returnTo }) => (returnTo === undefined ? undefined : `0x${returnTo.toString(16)}`))

test('x86_64: saved %rbp and the return address above it, up to the first frame', () => {
  const read = memory({
    '0xffffc90000001000': '0xffffc90000001040',
    '0xffffc90000001008': '0xffffffff81000010',
    '0xffffc90000001040': '0x0',
    '0xffffc90000001048': '0xffffffff81000020',
  })
  assert.deepEqual(returns(walkFrameChain('x86_64', { RBP: '0xffffc90000001000' }, 8, read)), [
    '0xffffffff81000010',
    '0xffffffff81000020',
  ])
})

test('arm with APCS frames: fp points at the saved pc, below it lr, sp and fp', () => {
  const read = memory({
    '0xc1001ff4': '0xc1001fdc', // links downwards: damaged
    '0xc1001fac': '0xc1001fcc', // saved pc
    '0xc1001fa8': '0xc0008010', // lr
    '0xc1001fa4': '0xc1001fb0', // sp
    '0xc1001fa0': '0xc1001fcc', // fp
    '0xc1001fc8': '0xc0008020',
    '0xc1001fc0': '0x0',
  })
  assert.deepEqual(returns(walkFrameChain('arm', { fp: '0xc1001fac' }, 4, read)), ['0xc0008010', '0xc0008020'])
  assert.deepEqual(walkFrameChain('arm', { fp: '0xc1002000' }, 4, read), [], 'a link that leads downwards is none')
})

test('powerpc: the back chain, and LR in the frame of the caller', () => {
  const read = memory({
    '0xc7a1be00': '0xc7a1be20',
    '0xc7a1be20': '0xc7a1be60',
    '0xc7a1be24': '0xc0003010',
    '0xc7a1be60': '0x0',
    '0xc7a1be64': '0xc0003020',
  })
  assert.deepEqual(returns(walkFrameChain('powerpc', { GPR1: '0xc7a1be00' }, 4, read)), [
    '0xc0003010',
    '0xc0003020',
    undefined,
  ])
  const read64 = memory({
    '0xc000000001000000': '0xc000000001000080',
    '0xc000000001000090': '0xc00000000000abcd',
  })
  assert.deepEqual(returns(walkFrameChain('powerpc64', { GPR1: '0xc000000001000000' }, 8, read64)), [
    '0xc00000000000abcd',
  ])
})

test('s390x: r14 in the save area of the caller', () => {
  const read = memory({ '0x3800': '0x3900', '0x3970': '0x1234', '0x3900': '0x0' })
  assert.deepEqual(returns(walkFrameChain('s390x', { GPR15: '0x3800' }, 8, read)), ['0x1234', undefined])
})

test('a circle, a far link, an odd frame pointer and a machine without chain end it', () => {
  const circle = memory({ '0x1000': '0x1000' })
  assert.deepEqual(walkFrameChain('x86_64', { RBP: '0x1000' }, 8, circle), [])
  assert.deepEqual(walkFrameChain('x86_64', { RBP: '0x1000' }, 8, memory({ '0x1000': '0x900000' })), [])
  assert.deepEqual(walkFrameChain('x86_64', { RBP: '0x1003' }, 8, memory({ '0x1003': '0x1010' })), [])
  assert.deepEqual(walkFrameChain('mips', { $30: '0x1000' }, 4, circle), [])
  assert.deepEqual(walkFrameChain('x86_64', { RBP: 'nonsense' }, 8, circle), [])
})
