// Archives of bundles: what goes in comes out, and nothing else does.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { FormatError } from '../../core/bytes/cursor.ts'
import { TAR_BLOCK_BYTES, writeTarHeader } from '../../core/formats/tar.ts'
import { sha256 } from '../../node/bundles/sums.ts'
import { ArchiveTooBig, importLimits, type Unpacked, unpackBundles } from '../../node/bundles/unpack.ts'
import { type Packing, packBundles } from './pack.ts'
import { Spool } from './spool.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-pack-'))
after(() => rmSync(base, { recursive: true }))

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk.slice())
  return Buffer.concat(pieces)
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function unpack(bytes: Uint8Array): Promise<Unpacked[]> {
  const all: Unpacked[] = []
  for await (const each of unpackBundles('x.tar', oneChunk(bytes))) all.push(each)
  return all
}

/** A spool with two bundles, one of them with evidence. */
async function filled(name: string): Promise<{ spool: Spool; names: string[] }> {
  const spool = await Spool.open(join(base, name))
  const one = await spool.write(sampleDraft({ files: [{ name: 'empty', bytes: new Uint8Array() }] }))
  await spool.attach(one.name, { label: 'pstore', files: [{ name: 'part', bytes: Buffer.alloc(1000, 'x') }] })
  const two = await spool.write(sampleDraft({}, { sequence: { first: 1, last: 2 } }))
  return { spool, names: [one.name, two.name] }
}

for (const packing of ['zst', 'gz', 'tar'] as Packing[]) {
  test(`what is packed as ${packing} is unpacked the same, here and by tar`, async () => {
    const { spool, names } = await filled(`out-${packing}`)
    const bytes = await bytesOf(packBundles(spool, names, [], packing))
    const other = await Spool.open(join(base, `in-${packing}`))
    const adopted: string[] = []
    for (const each of await unpack(bytes)) {
      assert.equal(each.what, 'bundle')
      if (each.what === 'bundle') adopted.push((await other.adoptCopy(each.copy)).name)
    }
    assert.deepEqual(adopted, names)
    for (const name of names) {
      assert.deepEqual(await other.verify(name), [])
      assert.deepEqual((await other.read(name)).files, (await spool.read(name)).files)
    }
    const folder = join(base, `tar-${packing}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'a.tar'), bytes)
    const tar = spawnSync('tar', [packing === 'tar' ? 'xf' : packing === 'gz' ? 'xzf' : 'xf', 'a.tar'], { cwd: folder })
    if (tar.status === 0) {
      const sums = spawnSync('sha256sum', ['-c', '--quiet', 'sha256sums'], { cwd: join(folder, names[0]!) })
      assert.equal(sums.status, 0)
    } else assert.equal(packing, 'zst', String(tar.stderr))
    await other.close()
    await spool.close()
  })
}

interface File {
  name: string
  content: string
  type?: string
}

function tarOf(files: readonly File[]): Buffer {
  const pieces: Uint8Array[] = []
  for (const { name, content, type } of files) {
    const header = writeTarHeader('x', content.length, 0)
    header.fill(0, 0, 100)
    header.set(Buffer.from(name).subarray(0, 100))
    if (type !== undefined) header[156] = type.charCodeAt(0)
    header.fill(0x20, 148, 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
    pieces.push(
      header,
      Buffer.from(content),
      new Uint8Array((TAR_BLOCK_BYTES - (content.length % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES),
    )
  }
  return Buffer.concat([...pieces, new Uint8Array(1024)])
}

const name = '20261129T060416Z-1f0c9a3e-000001-null-dereference'
const content = { 'report.json': '{"kind":"oops"}', 'origin.json': '{"capturedAt":"2026-11-29T06:04:16Z"}' }
const sums = Object.entries(content)
  .map(([file, text]) => `${sha256(Buffer.from(text))}  ${file}\n`)
  .join('')
const sound: File[] = [
  ...Object.entries(content).map(([file, text]) => ({ name: `${name}/${file}`, content: text })),
  { name: `${name}/sha256sums`, content: sums },
]

test('the smallest sound archive is one', async () => {
  assert.equal((await unpack(tarOf(sound))).length, 1)
  assert.equal((await unpack(gzipSync(tarOf(sound)))).length, 1)
})

const hostile: [what: string, files: File[], message: RegExp][] = [
  ['an absolute path', [{ name: '/etc/passwd', content: 'x' }], /"\/etc\/passwd", which is no file of a bundle/],
  ['a path upwards', [{ name: `${name}/../../x`, content: 'x' }], /no file of a bundle/],
  ['a path upwards by a part', [{ name: `${name}/../x`, content: 'x' }], /no file of a bundle/],
  ['another folder', [{ name: 'bin/sh', content: 'x' }], /no file of a bundle/],
  ['a hidden file', [{ name: `${name}/.lock`, content: 'x' }], /no file of a bundle/],
  ['an unknown part', [{ name: `${name}/deep/x`, content: 'x' }], /no file of a bundle/],
  ['escapes in a name', [{ name: `${name}/\u001b[2J`, content: 'x' }], /no file of a bundle/],
  ['a file without sum', [...sound, { name: `${name}/more`, content: 'x' }], /more is not listed/],
  [
    'a changed file',
    [{ name: `${name}/report.json`, content: '{"kind":"x"}' }, ...sound.slice(1)],
    /not as it was written/,
  ],
  ['a missing file', sound.slice(1), /lacks files/],
  ['no sums', sound.slice(0, 2), /has no sha256sums/],
  ['a file twice', [sound[0]!, ...sound], /is there twice/],
]

for (const [what, files, message] of hostile) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(unpack(tarOf(files)), error => error instanceof FormatError && message.test(error.message))
  })
}

test('links and devices in an archive are nothing', async () => {
  const links = ['1', '2', '3', '4', '6'].map(type => ({ name: `${name}/link${type}`, content: '', type }))
  const [only] = await unpack(tarOf([...links, ...sound]))
  assert.deepEqual(only?.what === 'bundle' ? only.copy.files.map(file => file.name).sort() : [], [
    'origin.json',
    'report.json',
  ])
})

test('a torn or changed archive is refused and never half taken', async () => {
  const { spool, names } = await filled('torn')
  const bytes = await bytesOf(packBundles(spool, names.slice(0, 1), [], 'tar'))
  await spool.close()
  const target = await Spool.open(join(base, 'torn-in'))
  const change = fc.oneof(
    fc.record({ cut: fc.nat(bytes.length - 1) }),
    fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) }),
  )
  await fc.assert(
    fc.asyncProperty(change, async how => {
      const changed = Buffer.from(bytes)
      if ('at' in how) changed[how.at] = how.byte
      try {
        for (const each of await unpack('cut' in how ? bytes.subarray(0, how.cut) : changed)) {
          if (each.what === 'bundle') await target.adoptCopy(each.copy)
        }
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error))
      }
      for (const { name: taken } of await target.list()) {
        assert.deepEqual(await target.verify(taken), [])
        await target.remove([taken])
      }
    }),
    { numRuns: 150 },
  )
  await target.close()
  assert.deepEqual(
    readdirSync(join(base, 'torn-in')).filter(each => !each.startsWith('.')),
    [],
  )
})

test('an archive of more than is taken is refused as too big, whatever it is made of', async () => {
  const zeros = tarOf([{ name: 'x', content: '\0'.repeat(3_000_000), type: '5' }])
  const limits = { ...importLimits, archiveBytes: 1_000_000 }
  const read = async (bytes: Uint8Array) => {
    for await (const _ of unpackBundles('x.tar', oneChunk(bytes), limits)) assert.fail('gave something')
  }
  await assert.rejects(read(zeros), ArchiveTooBig)
  await assert.rejects(read(gzipSync(zeros)), ArchiveTooBig)
  await assert.rejects(read(gzipSync(gzipSync(zeros))), ArchiveTooBig)
})
