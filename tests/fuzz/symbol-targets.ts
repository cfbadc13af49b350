// What reads symbols, and files for it to read: whole ones, which the fuzzer damages.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { MemoryFile } from '../../src/core/bytes/byte-file.ts'
import { Cursor } from '../../src/core/bytes/cursor.ts'
import { Btf } from '../../src/core/formats/btf/btf.ts'
import { structsAt } from '../../src/core/formats/btf/members.ts'
import { prototypesOf } from '../../src/core/formats/btf/prototypes.ts'
import { DebugInfo } from '../../src/core/formats/dwarf/debug-info.ts'
import { ElfFile } from '../../src/core/formats/elf/elf-file.ts'
import { readKallsyms } from '../../src/core/formats/kallsyms/read.ts'
import { openKernelImage } from '../../src/core/formats/kernel-image/open.ts'
import { Orc } from '../../src/core/formats/orc.ts'
import { readKeptSymbols, writeKeptSymbols } from '../../src/core/formats/symbol-cache.ts'
import { readSymbolList } from '../../src/core/formats/symbol-list.ts'
import { ElfMachineCode } from '../../src/core/localise/code/machine-code.ts'
import { patchSites } from '../../src/core/localise/code/patch-sites.ts'
import { ElfCode } from '../../src/core/localise/elf-code.ts'
import { buildIndex } from '../../src/core/localise/source-index/build.ts'
import { SourceIndex } from '../../src/core/localise/source-index/container.ts'
import { SymbolTable } from '../../src/core/localise/symbol-table.ts'
import { debFiles } from '../../src/node/deb-files.ts'
import { inflate } from '../../src/node/elf-files.ts'
import { nodeDecoders } from '../../src/node/host-decoders.ts'
import { IndexWriter } from '../../src/node/symbol-index.ts'
import { writeBtf } from '../btf-writer.ts'
import { layouts, writeKallsyms } from '../kallsyms-writer.ts'
import { compile, has, scratchFolder, toolchains } from '../toolchain.ts'

export interface Target {
  name: string
  seeds: readonly Uint8Array[]
  /** of a hundred inputs */
  share: number
  read(bytes: Uint8Array): unknown
}

/** No archive of a test unpacks to more. */
const IMAGE_LIMIT = 4_000_000

const folder = scratchFolder()
let files = 0
const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path))

const symbols = Array.from({ length: 600 }, (_, i) => ({
  address: 0xffffffff81000000n + BigInt(i * 40),
  type: 't',
  name: `function_${i}_of_a_driver`,
}))
const banner = Buffer.from('Linux version 6.1.0 (builder@host) (gcc 12) #1 SMP\n\0')
const image = Buffer.concat([banner, writeKallsyms(symbols, layouts[10]!).image, Buffer.alloc(70_000, 0x90)])
const btf = writeBtf([
  { kind: 'int', name: 'int', word: 4, tail: [0x01000020] },
  { kind: 'struct', name: 'node', word: 24, entries: 3, tail: ['a', 1, 0, 'b', 3, 64, 'c', 4, 128] },
  { kind: 'pointer', word: 2 },
  { kind: 'array', tail: [2, 1, 4] },
  { kind: 'prototype', word: 1, entries: 2, tail: ['n', 3, 'f', 3] },
  { kind: 'function', name: 'walk', word: 5 },
])

/** By the tools that are installed. */
const packed = [
  ['xz', '-c', '--check=crc32', '--x86', '--lzma2=dict=64KiB'],
  ['xz', '--format=lzma', '-c'],
  ['lz4', '-lc'],
  ['bzip2', '-c'],
].flatMap(([program, ...args]) => {
  const { status, stdout } = spawnSync(program!, args, { input: image })
  return status === 0 ? [stdout] : []
})

/** Small programs with debug information of every version, linked and not, compressed, of the other word sizes and orders. */
function programs(): Uint8Array[] {
  const native = { name: 'native', prefix: '' }
  const built = (flags: readonly string[], toolchain = native, sources = ['walk.c', 'other.c']): Uint8Array =>
    bytesOf(compile(toolchain, join(folder, `program-${files++}`), flags, sources))
  return [
    ...[2, 3, 4, 5].map(version => built(['-O2', `-gdwarf-${version}`])),
    built(['-O2', '-g', '-c'], native, ['walk.c']),
    built(['-O2', '-g', '-c', '-gz=zlib', '-ffunction-sections'], native, ['walk.c']),
    built(['-O0', '-gdwarf-5', '-gz=zlib']),
    built(['-O2', '-gdwarf64']),
    built(['-O2', '-g', '-flto']),
    ...toolchains
      .filter(({ prefix }) => /^(?:powerpc|arm)-/.test(prefix))
      .map(toolchain => built(['-O2', '-g', '-c'], toolchain, ['walk.c'])),
  ]
}

/** An index of one of them. */
async function indexOf(): Promise<Uint8Array> {
  const path = compile({ name: 'native', prefix: '' }, join(folder, 'indexed'), ['-O2', '-g'])
  const writer = new IndexWriter(folder)
  await writer.add('vmlinux', path)
  writer.finish(join(folder, 'index'))
  return bytesOf(join(folder, 'index'))
}

/** A package with a module in it, as far as ar and tar go. */
function debianPackage(): Uint8Array {
  const field = (text: string, bytes: number): string => text.padEnd(bytes)
  const member = (name: string, content: Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from(`${field(name, 16)}${field('0', 12)}${field('0', 6)}${field('0', 6)}${field('100644', 8)}`),
      Buffer.from(`${field(String(content.length), 10)}\`\n`),
      content,
      Buffer.alloc(content.length % 2, 10),
    ])
  const content = Buffer.from('not much of a module'.repeat(40))
  const header = Buffer.alloc(512)
  header.write('./usr/lib/debug/lib/modules/6.1/kernel/x.ko')
  header.write(content.length.toString(8).padStart(11, '0'), 124)
  header.write('        0ustar\0', 148)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const tar = Buffer.concat([header, content, Buffer.alloc(512 - (content.length % 512) + 1024)])
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    member('debian-binary', Buffer.from('2.0\n')),
    member('data.tar.gz', gzipSync(tar)),
  ])
}

/** Compressed sections that unpack to much: what a header claims is not believed, and stops at the limit. */
function bombs(): Uint8Array[] {
  const zeros = new Uint8Array(8_000_000)
  return [
    gzipSync(zeros),
    zstdCompressSync(zeros),
    Buffer.concat([Buffer.from('ZLIB\0\0\0\0\0\x7a\x12\0'), deflateSync(zeros)]),
  ]
}

async function readProgram(bytes: Uint8Array): Promise<void> {
  const elf = await ElfFile.open(new MemoryFile('mutant', bytes), inflate)
  await elf.buildId()
  const code = await ElfCode.open('vmlinux', elf)
  const { starts } = elf.layout
  const at = [...starts].filter(start => !Number.isNaN(start)).slice(0, 8)
  await code.named('walk')
  const info = await DebugInfo.open(elf)
  for (const start of at) {
    for (const place of [start, start + 0x21, start + 0x75]) {
      await code.symbolAt(place)
      await info?.locate(place)
    }
  }
  const machine = new ElfMachineCode(elf)
  for (const start of at) {
    await machine.bytes(start, 16)
    await machine.holes(start, 64)
  }
  await patchSites(machine, 0, 1 << 20)
}

export async function symbolTargets(): Promise<Target[]> {
  const hasCompiler = has('gcc')
  const built = hasCompiler ? programs() : []
  const deb = join(folder, 'mutant.deb')
  return [
    {
      name: 'kernel images and their archives',
      share: 12,
      seeds: [gzipSync(image), zstdCompressSync(image), image, ...packed, ...bombs()],
      read: bytes => openKernelImage('image', bytes, nodeDecoders, IMAGE_LIMIT),
    },
    {
      name: 'kallsyms',
      share: 16,
      seeds: layouts.map(
        layout =>
          writeKallsyms(
            symbols.map(each => ({ ...each, address: BigInt.asUintN(layout.wordBytes * 8, each.address) })),
            layout,
          ).image,
      ),
      read: bytes => {
        const table = new SymbolTable(readKallsyms(bytes))
        for (const { address } of table) table.at(address + 1n)
      },
    },
    {
      name: 'BTF',
      share: 12,
      seeds: [btf],
      read: bytes => {
        const read = new Btf('btf', bytes)
        for (const offset of [0, 9, 17, 200]) structsAt(read, 'node', offset)
        prototypesOf(read, 'walk')
      },
    },
    {
      name: 'ORC',
      share: 4,
      seeds: [new Uint8Array(400).map((_, i) => i * 7)],
      read: bytes => {
        const ip = new Cursor('ip', bytes.subarray(0, Math.floor(bytes.length / 10) * 4), 'little')
        const entries = new Cursor('entries', bytes.subarray(ip.length), 'little')
        new Orc(ip, entries, 0xffffffff82000000n).at(0xffffffff82001000n)
      },
    },
    {
      name: 'lists of symbols',
      share: 6,
      seeds: [
        Buffer.from(
          symbols
            .slice(0, 40)
            .map(({ address, name }) => `${address.toString(16)} t ${name}\t[mod]\n`)
            .join(''),
        ),
      ],
      read: bytes => {
        for (const _ of new SymbolTable(readSymbolList('list', bytes))) {
          // every one is made
        }
      },
    },
    {
      name: 'kept symbols',
      share: 4,
      seeds: [
        writeKeptSymbols({
          buildId: 'ab'.repeat(20),
          wordBytes: 8,
          count: 40,
          addresses: BigUint64Array.from(symbols.slice(0, 40), ({ address }) => address),
          symbol: index => symbols[index]!,
        }),
      ],
      read: bytes => {
        const kept = readKeptSymbols('kept', bytes)
        for (let index = 0; index < kept.count; index++) kept.symbol(index)
        kept.named?.('function_1_of_a_driver')
      },
    },
    {
      name: 'Debian packages',
      share: 2,
      seeds: [debianPackage()],
      read: async bytes => {
        writeFileSync(deb, bytes)
        for await (const file of debFiles(deb)) for await (const chunk of file.content()) void chunk.length
      },
    },
    ...(hasCompiler
      ? [
          { name: 'ELF and DWARF', share: 34, seeds: built, read: readProgram },
          {
            name: 'an index of a damaged file',
            share: 2,
            seeds: built.slice(0, 5),
            read: async (bytes: Uint8Array) => {
              await buildIndex(
                await ElfCode.open('vmlinux', await ElfFile.open(new MemoryFile('mutant', bytes), inflate)),
              )
            },
          },
          {
            name: 'indexes',
            share: 8,
            seeds: [await indexOf()],
            read: async (bytes: Uint8Array) => {
              const index = await SourceIndex.open(new MemoryFile('mutant', bytes))
              const code = await index.object('vmlinux')
              await code?.named('walk')
              for (let at = 0; at < 0x200; at += 31) {
                await code?.places(at)
                await code?.symbolAt(at)
              }
            },
          },
        ]
      : []),
  ]
}
