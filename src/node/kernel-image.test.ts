// Kernel images as the field's tools pack them, in the containers that hold them.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Random } from '../../tests/random.ts'
import { FormatError } from '../core/bytes/cursor.ts'
import { openKernelImage } from '../core/formats/kernel-image/open.ts'
import { nodeDecoders } from './host-decoders.ts'

const banner = 'Linux version 6.1.0-test (builder@host) (gcc 12) #1 SMP 2026'

/** No real kernel, but as large as the smallest: words of code that look like calls, and a banner. */
const kernel = (() => {
  const random = new Random(4)
  const bytes = Buffer.alloc(200_000)
  const calls = [0xe8, 0x94000000, 0x97ffff00, 0xebfffffe, 0x48000001]
  for (let at = 0; at < 100_000; at += 4) bytes.writeUInt32LE((random.pick(calls) ^ random.below(256)) >>> 0, at)
  bytes.write(`${banner}\n\0`, 150_000)
  return bytes
})()

const tools: Record<string, string[]> = {
  gzip: ['gzip', '-9c'],
  xz: ['xz', '-c', '--check=crc32', '--lzma2=dict=1MiB'],
  'xz, x86': ['xz', '-c', '--check=crc32', '--x86', '--lzma2=dict=1MiB'],
  'xz, arm': ['xz', '-c', '--check=crc32', '--arm', '--lzma2=dict=1MiB'],
  'xz, arm64': ['xz', '-c', '--check=crc64', '--arm64', '--lzma2=dict=1MiB'],
  'xz, armthumb': ['xz', '-c', '--armthumb', '--lzma2=dict=1MiB'],
  'xz, powerpc': ['xz', '-c', '--powerpc', '--lzma2=dict=1MiB'],
  'xz, sparc': ['xz', '-c', '--sparc', '--lzma2=dict=1MiB'],
  lzma: ['xz', '--format=lzma', '-9c'],
  'lzma, other properties': ['xz', '--format=lzma', '-c', '--lzma1=dict=64KiB,lc=1,lp=2,pb=2'],
  zstd: ['zstd', '-22', '--ultra', '-qc'],
  lz4: ['lz4', '-lc'],
  bzip2: ['bzip2', '-9c'],
}

/** Undefined where the tool, or this option of it, is not there. */
function packed(name: string, input: Uint8Array = kernel): Buffer | undefined {
  const [command, ...options] = tools[name]!
  const { status, stdout } = spawnSync(command!, options, { input, maxBuffer: 1 << 28 })
  return status === 0 ? stdout : undefined
}

/** scripts/Makefile.lib, size_append: all but gzip have the size of what they unpack to behind them. */
const withSize = (bytes: Uint8Array, size = kernel.length): Buffer => {
  const tail = Buffer.alloc(4)
  tail.writeUInt32LE(size)
  return Buffer.concat([bytes, tail])
}

const open = (bytes: Uint8Array, limit?: number) => openKernelImage('image', bytes, nodeDecoders, limit)

function bzImage(payload: Uint8Array): Buffer {
  const setup = Buffer.alloc(5 * 512 + 100)
  setup[0x1f1] = 4
  setup.writeUInt16LE(0xaa55, 0x1fe)
  setup.write('HdrS', 0x202)
  setup.writeUInt16LE(0x020f, 0x206)
  setup.writeUInt16LE(0x300, 0x20e)
  setup.writeUInt32LE(100, 0x248)
  setup.writeUInt32LE(payload.length, 0x24c)
  setup.write('6.1.0-test (builder@host) #1\0', 0x500)
  return Buffer.concat([setup, payload, Buffer.alloc(3000, 7)])
}

function uImage(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(64)
  header.writeUInt32BE(0x27051956, 0)
  header.writeUInt32BE(payload.length, 12)
  header[30] = 2
  header.write('Linux-6.1.0-test', 32)
  return Buffer.concat([header, payload])
}

function zboot(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(1000)
  header.write('MZ', 0)
  header.write('zimg', 4)
  header.writeUInt32LE(1000, 8)
  header.writeUInt32LE(payload.length, 12)
  return Buffer.concat([header, payload])
}

/** Magic at 0x24, and a payload that no field points to. */
function armZImage(payload: Uint8Array): Buffer {
  const loader = Buffer.alloc(5_001, 0xe1)
  loader.writeUInt32LE(0x016f2818, 0x24)
  return Buffer.concat([loader, payload, Buffer.alloc(500)])
}

function android(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(4096)
  header.write('ANDROID!')
  header.writeUInt32LE(payload.length, 8)
  header.writeUInt32LE(4, 40)
  return Buffer.concat([header, payload, Buffer.alloc(4096)])
}

const containers = { bzImage, uImage, 'EFI zboot': zboot, 'zImage (arm)': armZImage, 'Android boot image': android }

for (const name of Object.keys(tools)) {
  test(`${name}: alone, and in every container`, async context => {
    const payload = packed(name)
    if (payload === undefined) return context.skip(`${tools[name]!.join(' ')} does not run here`)
    const layer = name.replace(/,.*/, '')
    const alone = await open(payload)
    assert.equal(Buffer.compare(alone.bytes, kernel), 0)
    assert.deepEqual(alone.layers, [{ name: layer, offset: 0 }])
    for (const [container, wrap] of Object.entries(containers)) {
      const image = await open(wrap(layer === 'gzip' ? payload : withSize(payload)))
      assert.equal(Buffer.compare(image.bytes, kernel), 0, container)
      assert.deepEqual(
        image.layers.map(each => each.name),
        [container, layer],
      )
      assert.equal(image.banner, banner)
      assert.equal(image.damage, undefined)
    }
  })
}

test('a uImage around a zImage around a compressed kernel', async () => {
  const image = await open(uImage(armZImage(gzipSync(kernel))))
  assert.deepEqual(
    image.layers.map(each => each.name),
    ['uImage', 'zImage (arm)', 'gzip'],
  )
  assert.equal(image.label, 'Linux-6.1.0-test')
  assert.equal((await open(bzImage(gzipSync(kernel)))).label, '6.1.0-test (builder@host) #1')
})

test('a kernel that is not packed is given as it is, with the archives in it', async () => {
  const raw = Buffer.concat([kernel, gzipSync(Buffer.alloc(100_000, 'CONFIG_X=y\n'))])
  const image = await open(raw)
  assert.deepEqual(image.layers, [])
  assert.equal(image.banner, banner)
  assert.equal(image.bytes.length, raw.length)
})

test('of archives that hold no kernel the next is taken', async () => {
  const ramdisk = gzipSync(Buffer.alloc(300_000, 'ramdisk'))
  const image = await open(armZImage(Buffer.concat([ramdisk, gzipSync(kernel)])))
  assert.equal(image.banner, banner)
  assert.equal(image.layers.at(-1)?.offset, 5_001 + ramdisk.length)
})

test('what unpacks to more than the limit is refused', async () => {
  const bomb = Buffer.alloc(12_000_000)
  for (const bytes of [gzipSync(bomb), zstdCompressSync(bomb)]) {
    await assert.rejects(open(bytes, 1_000_000), FormatError)
  }
  for (const name of ['xz', 'lzma', 'lz4', 'bzip2']) {
    const bytes = packed(name, bomb)
    if (bytes === undefined) continue
    const image = await open(bytes, 5_000_000).catch((error: unknown) => error)
    if (image instanceof Error) assert.ok(image instanceof FormatError)
    else assert.match((image as { damage?: string }).damage ?? '', /unpacks to more/)
  }
})

test('every cut and many mutations: a kernel, or a FormatError', async () => {
  const random = new Random(77)
  const small = Buffer.concat([kernel.subarray(140_000), kernel.subarray(0, 6_000)])
  for (const [container, wrap] of Object.entries(containers)) {
    const image = wrap(packed('xz', small) ?? gzipSync(small))
    for (let round = 0; round < 120; round++) {
      const damaged = Buffer.from(round % 2 === 0 ? image.subarray(0, random.below(image.length)) : image)
      for (let i = round % 2 === 0 ? 0 : random.between(1, 20); i > 0 && damaged.length > 0; i--) {
        damaged[random.pick([random.below(damaged.length), random.below(Math.min(1024, damaged.length))])] =
          random.below(256)
      }
      await open(damaged, 1_000_000).catch((error: unknown) => {
        if (!(error instanceof FormatError)) throw new Error(`${container}, round ${round}`, { cause: error })
      })
    }
  }
})
