import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32, inflateSync, zstdDecompressSync } from 'node:zlib'
import { Random } from '../../../../tests/random.ts'
import {
  compile,
  missingToolchains,
  run,
  scratchFolder,
  type Toolchain,
  toolchains,
} from '../../../../tests/toolchain.ts'
import { MemoryFile } from '../../bytes/byte-file.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { ElfFile } from './elf-file.ts'

const folder = scratchFolder()
const native: Toolchain = { name: 'native', prefix: '' }
const inflate = async (format: 'zlib' | 'zstd', bytes: Uint8Array, size: number): Promise<Uint8Array | undefined> => {
  try {
    return (format === 'zlib' ? inflateSync : zstdDecompressSync)(bytes, { maxOutputLength: Math.max(1, size) })
  } catch {
    return undefined
  }
}
const open = (path: string): Promise<ElfFile> => ElfFile.open(new MemoryFile(path, readFileSync(path)), inflate)

for (const name of missingToolchains)
  test(`${name}: sections and symbols`, { skip: 'its cross compiler is not installed' })

for (const toolchain of toolchains) {
  test(`${toolchain.name}: sections and symbols as readelf prints them, linked and relocatable`, async () => {
    const object = compile(toolchain, join(folder, `${toolchain.name}.o`), ['-O2', '-g', '-c'], ['walk.c'])
    const program = compile(toolchain, join(folder, toolchain.name), ['-O2', '-g', '-Wl,--build-id'])
    for (const path of [object, program]) {
      const elf = await open(path)
      assert.deepEqual(elf.sections.map(printSection), readelfSections(path))
      assert.deepEqual(await printSymbols(elf), readelfSymbols(path, toolchain.name))
    }
    const [, expected] = /Build ID: ([0-9a-f]+)/.exec(run('readelf', ['-nW', program])) ?? []
    assert.equal(await (await open(program)).buildId(), expected)
  })
}

const printSection = ({ name, address, offset, size }: ElfFile['sections'][number]): string =>
  `${name} ${address.toString(16)} ${offset.toString(16)} ${size.toString(16)}`

// "  [ 1] .text   PROGBITS  0000000000000000 000040 00012f 00  AX  0   0 16"
const readelfSections = (path: string): string[] =>
  [
    ...run('readelf', ['-SW', path]).matchAll(
      /^ +\[ *\d+\] (.{0,60}?) +[A-Z_]+ +([0-9a-f]{8,16}) ([0-9a-f]{6}) ([0-9a-f]{6}) /gm,
    ),
  ].map(([, name, ...numbers]) =>
    [name!.trim(), ...numbers.map(digits => BigInt(`0x${digits}`).toString(16))].join(' '),
  )

async function printSymbols(elf: ElfFile): Promise<string[]> {
  const symbols = (await elf.symbols())!
  const lines: string[] = []
  for (let index = 1; index < symbols.count; index++) {
    // Of sections readelf prints the sections' names, and of RISC-V's labels ".L0 " without the blank.
    if (symbols.type(index) === 3 || symbols.name(index).startsWith('.L0')) continue
    const section = symbols.section(index)
    const start = elf.header.type === 1 && section < 0xff00 && section > 0 ? elf.layout.starts[section]! : 0
    const address = symbols.address(index) - start + (elf.header.type === 1 ? 0 : Number(elf.layout.base.address))
    const shown = Number.isNaN(address) ? symbols.relocationValue(index) : address
    lines.push(`${shown.toString(16)} ${symbols.size(index)} ${symbols.name(index)}`)
  }
  return lines
}

//   "    12: 0000000000000000    61 FUNC    GLOBAL DEFAULT    1 walk"
const readelfSymbols = (path: string, machine: string): string[] =>
  [...run('readelf', ['-sW', path]).matchAll(/^ +\d+: ([0-9a-f]{8,16}) +(\d+) ([A-Z]+) .{20,60}?(?: (\S+))?$/gm)]
    .filter(([line, , , type], index) => type !== 'SECTION' && index > 0 && !line.includes(' .L0'))
    .map(([, value, size, type, name]) => {
      const word = /^(?:ABS|UND|\d+)$/.test(name ?? '') ? '' : (name ?? '')
      // The lowest bit of a Thumb function's address says that it is one; it is not part of the address.
      const address = BigInt(`0x${value}`) & (machine === 'arm' && type === 'FUNC' ? ~1n : ~0n)
      return `${address.toString(16)} ${size} ${word}`
    })

for (const method of ['zlib', 'zstd', 'zlib-gnu']) {
  test(`sections compressed by ${method} hold what objcopy unpacks`, async t => {
    const packed = join(folder, `packed-${method}.o`)
    try {
      compile(native, packed, ['-O2', '-g3', '-c', '-gz=none'], ['walk.c'])
      run('objcopy', [`--compress-debug-sections=${method}`, packed])
    } catch {
      return t.skip(`objcopy here does not write ${method}`)
    }
    const plain = join(folder, `plain-${method}.o`)
    run('objcopy', ['--decompress-debug-sections', packed, plain])
    const [left, right] = [await open(packed), await open(plain)]
    assert.ok(left.sections.some(({ name, flags }) => name.startsWith('.zdebug') || (flags & 0x800n) !== 0n))
    for (const name of ['.debug_info', '.debug_str', '.debug_line']) {
      const stored = left.section(name) === undefined ? name.replace('.debug', '.zdebug') : name
      assert.deepEqual((await left.read(stored))?.bytes.slice(), (await right.read(name))?.bytes.slice(), name)
    }
  })
}

test('relocations in windows are those of the whole, in files of many and of unordered ones', async () => {
  const source = join(folder, 'many.c')
  const variables = Array.from({ length: 2500 }, (_, index) => `int variable_number_${index};`)
  writeFileSync(source, variables.join('\n'))
  const path = compile(native, join(folder, 'many.o'), ['-O1', '-g', '-c'], [source])
  const bytes = new Uint8Array(readFileSync(path))
  const elf = await open(path)
  const table = elf.section('.rela.debug_info')!
  assert.ok(table.size / 24 > 4096, 'more than are read at once')
  const whole = new Uint8Array((await elf.read('.debug_info'))!.bytes)
  assert.notDeepEqual(whole, bytes.subarray(elf.section('.debug_info')!.offset).subarray(0, whole.length))
  const random = new Random(6)
  // The second half before the first, and one pair exchanged.
  const shuffled = bytes.slice()
  const half = Math.floor(table.size / 48) * 24
  shuffled.set(bytes.subarray(table.offset + half, table.offset + table.size), table.offset)
  shuffled.set(bytes.subarray(table.offset, table.offset + half), table.offset + table.size - half)
  for (const content of [bytes, shuffled]) {
    const info = await ElfFile.open(new MemoryFile('many', content))
    const section = await info.contents(info.section('.debug_info')!)
    for (let round = 0; round < 60; round++) {
      const start = random.below(section.size - 2000)
      const window = await section.read(start, random.between(100, 1900))
      // An entry that goes over the edge is not applied.
      assert.deepEqual(window.bytes.slice(8, -8), whole.slice(start + 8, start + window.length - 8))
    }
  }
})

test('implicit addends (REL) of a compressed section are added once, however often it is read', async t => {
  const path = join(folder, 'i386.o')
  try {
    compile(native, path, ['-m32', '-O1', '-g', '-c', '-gz=zlib'], ['walk.c'])
  } catch {
    return t.skip('the compiler has no -m32')
  }
  const elf = await open(path)
  assert.ok(elf.section('.rel.debug_info') !== undefined && elf.section('.debug_info')!.flags & 0x800n)
  const first = new Uint8Array((await elf.read('.debug_info'))!.bytes)
  assert.deepEqual((await elf.read('.debug_info'))!.bytes, first)
})

test('a section that promises more than the limit is not inflated', async () => {
  const path = compile(native, join(folder, 'bomb.o'), ['-g', '-c', '-gz=zlib'], ['walk.c'])
  const bytes = readFileSync(path)
  const elf = await ElfFile.open(new MemoryFile(path, bytes), inflate)
  const section = elf.sections.find(({ flags }) => (flags & 0x800n) !== 0n)!
  bytes.writeBigUInt64LE(1n << 40n, section.offset + 8)
  const bomb = await ElfFile.open(new MemoryFile(path, bytes), inflate)
  await assert.rejects(bomb.read(section.name), { name: 'FormatError', message: /above the limit/ })
})

test('the links to separate debug files', async () => {
  const program = compile(native, join(folder, 'linked'), ['-g'])
  const debug = join(folder, 'linked.debug')
  run('objcopy', ['--only-keep-debug', program, debug])
  run('objcopy', ['--strip-debug', `--add-gnu-debuglink=${debug}`, program])
  const elf = await open(program)
  assert.deepEqual(await elf.debugLink(), { file: 'linked.debug', crc: crc32(readFileSync(debug)) })
  assert.equal(await elf.alternateLink(), undefined)
})

test('every prefix of a file, and mutations of it, read or fail with a FormatError', async () => {
  const path = compile(native, join(folder, 'whole.o'), ['-O1', '-g', '-c', '-gz=zlib'], ['other.c'])
  const bytes = new Uint8Array(readFileSync(path))
  for (let length = 0; length < bytes.length; length += length < 256 ? 1 : 97) await readAll(bytes.subarray(0, length))
  const random = new Random(20261122)
  for (let round = 0; round < 400; round++) {
    const mutant = bytes.slice()
    // Half of the changes where the tables are.
    for (let change = 0; change < 4; change++) {
      const at =
        change % 2 === 0 ? random.below(mutant.length) : mutant.length - 1 - random.below(Math.min(2048, mutant.length))
      mutant[at] = random.below(256)
    }
    mutant[random.below(64)]! ^= 1 << random.below(8)
    await readAll(mutant)
  }
})

async function readAll(bytes: Uint8Array): Promise<void> {
  try {
    const elf = await ElfFile.open(new MemoryFile('mutant', bytes), inflate)
    await elf.buildId()
    const symbols = await elf.symbols()
    for (let index = 0; index < (symbols?.count ?? 0); index++) {
      symbols!.name(index)
      symbols!.address(index)
    }
    for (const { name } of elf.sections) await elf.read(name)
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error))
  }
}

test('the file that readelf cannot know: no ELF', async () => {
  writeFileSync(join(folder, 'text'), 'not an ELF file')
  await assert.rejects(open(join(folder, 'text')), { name: 'FormatError', message: /no ELF file/ })
})
