// The judge is the debug information itself: what the index answers is what a lookup without it answers.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Random } from '../../../../tests/random.ts'
import { compile, scratchFolder } from '../../../../tests/toolchain.ts'
import { type ByteFile, MemoryFile } from '../../bytes/byte-file.ts'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import type { SourcePlace } from '../../formats/dwarf/debug-info.ts'
import { ElfFile } from '../../formats/elf/elf-file.ts'
import { ElfCode } from '../elf-code.ts'
import { type InlineNode, readBlock, type Segment, writeBlock } from './block.ts'
import { buildIndex } from './build.ts'
import { ByteWriter } from './byte-writer.ts'
import { type IndexEntry, SourceIndex, writeDirectory } from './container.ts'
import { FILE_HEADER_BYTES } from './format.ts'

const folder = scratchFolder()
const native = { name: 'native', prefix: '' }
const program = compile(native, join(folder, 'vmlinux'), ['-O2', '-g', '-Wl,--build-id'])
const module = compile(native, join(folder, 'walk.ko'), ['-O2', '-g', '-c', '-gdwarf-4'], ['walk.c'])

const open = async (name: string, path: string): Promise<ElfCode> =>
  ElfCode.open(name, await ElfFile.open(new MemoryFile(path, readFileSync(path))))

const codes = [await open('vmlinux', program), await open('walk', module)]

async function indexOf(objects: readonly ElfCode[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const entries: IndexEntry[] = []
  let offset = FILE_HEADER_BYTES
  for (const code of objects) {
    const { bytes, notes } = await buildIndex(code)
    assert.deepEqual(notes.damage, [])
    assert.ok(notes.units > 0 && notes.symbols > 2 && notes.blocks > 2)
    entries.push({ name: code.name, buildId: code.buildId, offset, size: bytes.length })
    parts.push(bytes)
    offset += bytes.length
  }
  const { header, directory } = writeDirectory(entries, offset)
  return Uint8Array.from(Buffer.concat([header, ...parts, directory]))
}

const file = await indexOf(codes)
const withoutColumn = (places: readonly SourcePlace[]) => places.map(({ column: _, ...place }) => place)

/** As a browser's: nothing can be read at once. */
class WaitingFile implements ByteFile {
  readonly name = 'index'
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#bytes.length
  }

  read(start: number, count: number): Promise<Uint8Array> {
    return new MemoryFile(this.name, this.#bytes).read(start, count)
  }
}

for (const [host, indexFile] of [
  ['read at once', new MemoryFile('index', file)],
  ['waited for', new WaitingFile(file)],
] as const)
  test(`every address of every function, every symbol by name and address, as without the index: ${host}`, () =>
    compareAll(indexFile))

async function compareAll(indexFile: ByteFile): Promise<void> {
  const index = await SourceIndex.open(indexFile)
  assert.deepEqual(
    (await index.entries()).map(({ name, buildId }) => ({ name, buildId })),
    [
      { name: 'vmlinux', buildId: codes[0]!.buildId },
      { name: 'walk', buildId: codes[1]!.buildId },
    ],
  )
  assert.equal(await index.object('nvme'), undefined)
  for (const code of codes) {
    const indexed = (await index.object(code.name))!
    assert.deepEqual([indexed.base, indexed.relocatable], [code.base, code.relocatable])
    assert.equal(await indexed.release(), code.name === 'vmlinux' ? '6.9-test+' : undefined)
    let count = 0
    for (const { name, address, sizeBytes = 0 } of (await code.symbols())!) {
      assert.deepEqual(await indexed.named(name), await code.named(name))
      assert.deepEqual(await indexed.symbolAt(address), await code.symbolAt(address))
      for (let at = address; at < address + sizeBytes; at++) {
        const expected = withoutColumn(await code.places(at))
        if (expected[0]?.function === undefined) continue
        assert.deepEqual(await indexed.places(at), expected, `${name}+${at - address}`)
        count++
      }
    }
    assert.ok(count > 200)
    assert.deepEqual(await indexed.named('no such symbol'), [])
    assert.deepEqual(await indexed.places(2 ** 31), [])
  }
}

test('a block gives back the segments that went into it', () => {
  const random = new Random(4)
  for (let round = 0; round < 50; round++) {
    const nodes: InlineNode[] = Array.from({ length: random.below(9) }, (_, index) => ({
      parent: random.between(-1, index - 1),
      name: random.below(70000),
      callFile: random.below(300),
      callLine: random.below(40000),
    }))
    const segments: Segment[] = Array.from({ length: random.between(1, 40) }, () => ({
      length: random.between(1, 300),
      file: random.below(200),
      line: random.below(30000),
      node: random.between(-1, nodes.length - 1),
    }))
    const out = new ByteWriter(4)
    writeBlock(out, 7, nodes, segments, 0, segments.length)
    let offset = 0
    for (const { length, file: number, line, node } of segments) {
      for (const at of [offset, offset + length - 1]) {
        const place = readBlock(new Cursor('block', out.bytes, 'little'), at)!
        assert.deepEqual([place.function, place.file, place.line], [7, number, line])
        const chain: InlineNode[] = []
        for (let each = node; each >= 0; each = nodes[each]!.parent) chain.unshift(nodes[each]!)
        assert.deepEqual(
          place.calls,
          chain.map(({ parent: _, ...call }) => call),
        )
      }
      offset += length
    }
    assert.equal(readBlock(new Cursor('block', out.bytes, 'little'), offset), undefined)
  }
})

test('prefixes and mutations of an index answer or fail with a FormatError', async () => {
  const use = async (bytes: Uint8Array): Promise<void> => {
    try {
      const index = await SourceIndex.open(new MemoryFile('mutant', bytes))
      const code = await index.object('vmlinux')
      await code?.named('walk')
      for (let at = 0; at < 0x200; at += 7) {
        await code?.places(at)
        await code?.symbolAt(at)
      }
    } catch (error) {
      assert.ok(error instanceof FormatError, error instanceof Error ? error.stack : String(error))
    }
  }
  for (let length = 0; length < file.length; length += 37) await use(file.subarray(0, length))
  const random = new Random(5)
  for (let round = 0; round < 400; round++) {
    const mutant = file.slice()
    for (let change = 0; change < 5; change++) mutant[random.below(mutant.length)] = random.below(256)
    await use(mutant)
  }
})

/** Of sh_size in an Elf64_Shdr, its five low bytes: a size of 270 GB. */
const sizeField = (header: number): [number, number] => [header + 32, header + 37]

test('damaged debug information gives an index of the rest, or a FormatError', async () => {
  const bytes = new Uint8Array(readFileSync(module))
  const whole = await ElfFile.open(new MemoryFile('module', bytes))
  const sections = whole.sections.filter(({ name, size }) => size > 0 && /^\.(?:rela\.)?debug|^\.symtab/.test(name))
  const random = new Random(6)
  for (let round = 0; round < 100; round++) {
    const mutant = bytes.slice()
    for (let change = 0; change < 4; change++) {
      const { offset, size } = random.pick(sections)
      mutant[offset + random.below(size)] = random.pick([0, 0xff, random.below(256)])
    }
    // And now and then a section that is larger than the file.
    if (round % 10 === 0)
      mutant.fill(0x3f, ...sizeField(whole.header.sections.offset + 64 * random.pick(sections).index))
    try {
      await buildIndex(await ElfCode.open('walk', await ElfFile.open(new MemoryFile('mutant', mutant))))
    } catch (error) {
      assert.ok(error instanceof FormatError, error instanceof Error ? error.stack : String(error))
    }
  }
})

test('an index of another version says what to do', async () => {
  const other = file.slice()
  other[8] = 9
  await assert.rejects(SourceIndex.open(new MemoryFile('old', other)), { message: /version 9.*build it again/ })
})
