import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageOf, mutations, pstoreFilesOf } from '../../../../tests/images.ts'
import { Random } from '../../../../tests/random.ts'
import { nodeRecoverHost } from '../../../node/recover-host.ts'
import { MemoryFile } from '../../bytes/byte-file.ts'
import type { RecoveredLog } from '../recovered-log.ts'
import { recoverRamoops } from './records.ts'
import { correct, parityOf } from './reed-solomon.ts'
import { readZones } from './zones.ts'

const recover = (bytes: Uint8Array): Promise<RecoveredLog[]> =>
  recoverRamoops(new MemoryFile('image', bytes), nodeRecoverHost)
const textOf = (log: { text: Uint8Array }): string => Buffer.from(log.text).toString('latin1')
const eccNotice = /\nECC: No errors detected\n$/

test('compressed dumps are what the kernel made of them', async () => {
  const logs = await recover(imageOf('ramoops-deflate'))
  const files = pstoreFilesOf('ramoops-deflate')
  assert.deepEqual(
    logs.map(({ name }) => name),
    [...files.keys()],
  )
  for (const log of logs) {
    assert.equal(textOf(log), Buffer.from(files.get(log.name)!).toString('latin1'))
    assert.deepEqual(log.damage, [])
  }
  assert.equal(logs[0]!.wallUs, 1795330616210113)
})

test('the zones behind the dumps: console and the words of programs; the calls of ftrace are no text', async () => {
  const logs = await recover(imageOf('ramoops-zones'))
  const files = pstoreFilesOf('ramoops-zones')
  assert.deepEqual(
    logs.map(({ name, by }) => [name, by]),
    [
      ['dmesg-ramoops-0', 'kernel'],
      ['console-ramoops-0', 'kernel'],
      ['pmsg-ramoops-0', 'user'],
    ],
  )
  for (const log of logs) assert.equal(textOf(log), Buffer.from(files.get(log.name)!).toString('latin1'))
  assert.match(
    Buffer.from(files.get('ftrace-ramoops-0')!).toString(),
    /^CPU:0 ts:\d+ [0-9a-f]+ {2}[0-9a-f]+ {2}\w+ <- /,
  )
})

test('dumps with error correction are what the kernel made of them, its notice aside', async () => {
  const image = imageOf('ramoops-ecc')
  const files = pstoreFilesOf('ramoops-ecc')
  const logs = await recover(image)
  assert.deepEqual(
    logs.map(({ name }) => name),
    [...files.keys()],
  )
  for (const log of logs) {
    assert.equal(textOf(log), Buffer.from(files.get(log.name)!).toString('latin1').replace(eccNotice, ''))
  }
})

test('error correction repairs eight bytes in each block of 128, header and signature among them', async () => {
  const image = imageOf('ramoops-ecc')
  const whole = await recover(image)
  const random = new Random(3)
  const torn = new Uint8Array(image)
  for (let zone = 0; zone < 2; zone++) {
    const start = zone * 75092
    for (const at of [0, 1, 5]) torn[start + at]! ^= 0x5a
    for (let block = start + 12; block < start + 32_000; block += 128) {
      const places = new Set(Array.from({ length: 8 }, () => block + random.below(128)))
      for (const at of places) torn[at]! ^= 1 + random.below(255)
    }
  }
  const repaired = await recover(torn)
  assert.deepEqual(repaired.map(textOf), whole.map(textOf))
  const zones = await readZones(new MemoryFile('image', torn))
  assert.ok(zones[0]!.ecc!.correctedBytes > 1500)
  assert.equal(zones[0]!.ecc!.lostBlocks, 0)
})

test('a block that is beyond repair is said, and the rest is there', async () => {
  const torn = imageOf('ramoops-ecc')
  torn.fill(0x55, 12 + 1280, 12 + 1300)
  const [log] = await recover(torn)
  assert.deepEqual(log!.damage, ['1 blocks of 128 bytes are beyond repair'])
  assert.match(textOf(log!), /lkdtm_WARNING/)
})

test('a big-endian console ring that has turned is made straight', async () => {
  const image = new Uint8Array(4096)
  const text = 'second half of the console\nfirst half of the console\n'
  const view = new DataView(image.buffer)
  const start = text.indexOf('first')
  view.setUint32(0, 0x43474244)
  view.setUint32(4, start)
  view.setUint32(8, text.length)
  image.set(Buffer.from(text), 12)
  const [log] = await recover(image)
  assert.equal(textOf(log!), 'first half of the console\nsecond half of the console\n')
  assert.equal(log!.name, 'console-ramoops-0')
})

test('half as many wrong bytes as there is parity are put right, more are not', () => {
  const random = new Random(11)
  for (const parityBytes of [8, 16, 32]) {
    for (let round = 0; round < 60; round++) {
      const data = Uint8Array.from({ length: 1 + random.below(128) }, () => random.below(256))
      const sound = Uint8Array.of(...data, ...parityOf(data, parityBytes))
      assert.equal(correct(new Uint8Array(sound), parityBytes), 0)
      const wrong = new Set<number>()
      while (wrong.size < Math.min(sound.length, 1 + random.below(parityBytes / 2)))
        wrong.add(random.below(sound.length))
      const torn = new Uint8Array(sound)
      for (const at of wrong) torn[at]! ^= 1 + random.below(255)
      assert.equal(correct(torn, parityBytes), wrong.size)
      assert.deepEqual(torn, sound)
    }
  }
  const hopeless = Uint8Array.from({ length: 144 }, () => random.below(256))
  const before = new Uint8Array(hopeless)
  assert.equal(correct(hopeless, 16), undefined)
  assert.deepEqual(hopeless, before)
})

test('damaged images give logs or none, and throw nothing', async () => {
  for (const name of ['ramoops-deflate', 'ramoops-ecc']) {
    const image = imageOf(name).subarray(0, 100_000)
    for (const torn of mutations(image, 40)) {
      for (const log of await recover(torn)) assert.ok(log.text.length < 1024 * 1024)
    }
    for (const length of [0, 1, 3, 4, 11, 12, 13, 40, 41, 500]) await recover(image.subarray(0, length))
  }
  assert.deepEqual(await recover(new Uint8Array(10_000).fill(0x44)), [])
})
