// The judge is addr2line -fip: every address of every function, in every form that the compilers here can write.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { inflateSync, zstdDecompressSync } from 'node:zlib'
import { Random } from '../../../../tests/random.ts'
import {
  compile,
  has,
  missingToolchains,
  run,
  scratchFolder,
  sources,
  type Toolchain,
  toolchains,
} from '../../../../tests/toolchain.ts'
import { MemoryFile } from '../../bytes/byte-file.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { ElfFile } from '../elf/elf-file.ts'
import { type Companions, DebugInfo, type SourcePlace } from './debug-info.ts'

const folder = scratchFolder()
const native: Toolchain = { name: 'native', prefix: '' }

const open = (path: string): Promise<ElfFile> =>
  ElfFile.open(new MemoryFile(path, readFileSync(path)), async (format, bytes, size) =>
    (format === 'zlib' ? inflateSync : zstdDecompressSync)(bytes, { maxOutputLength: size }),
  )

/** As addr2line -fip prints it, the discriminator left out. */
const printed = (places: readonly SourcePlace[]): string =>
  places
    .map(({ function: name, file, directory, line }) => {
      const path = file === undefined ? '??' : file.startsWith('/') ? file : `${directory}/${file}`
      return `${name ?? '??'} at ${path}:${line === 0 || line === undefined ? '?' : line}`
    })
    .join('\n')

function addr2line(tool: string, path: string, addresses: readonly bigint[], section?: string): string[] {
  const args = ['-afip', '-e', path, ...(section === undefined ? [] : ['-j', section])]
  const input = addresses.map(address => address.toString(16)).join('\n')
  return run(tool, args, `${input}\n`)
    .split(/^0x[0-9a-f]+: /m)
    .slice(1)
    .map(text =>
      text
        .trim()
        .replaceAll('\n (inlined by) ', '\n')
        .replaceAll(/ \(discriminator \d+\)/g, ''),
    )
}

/** Addresses within functions, as the section of each has them, and counted from the layout's base. */
async function functionAddresses(elf: ElfFile): Promise<Map<string, { address: bigint; place: number }[]>> {
  const symbols = (await elf.symbols())!
  const sections = new Map<string, { address: bigint; place: number }[]>()
  for (let index = 0; index < symbols.count; index++) {
    const section = elf.sections[symbols.section(index)]
    if (symbols.type(index) !== 2 || section === undefined || section.index === 0) continue
    const list = sections.get(section.name) ?? []
    sections.set(section.name, list)
    for (let offset = 0; offset < symbols.size(index); offset++) {
      const place = symbols.address(index) + offset
      const start = elf.layout.starts[section.index]!
      list.push({ address: section.address + BigInt(place - start), place })
    }
  }
  return sections
}

async function compare(path: string, tool: string, companions: Companions = {}): Promise<number> {
  const elf = await open(path)
  const info = (await DebugInfo.open(elf, companions))!
  const relocatable = elf.header.type === 1
  let count = 0
  let chains = 0
  for (const [section, addresses] of await functionAddresses(elf)) {
    const expected = addr2line(
      tool,
      path,
      addresses.map(({ address }) => address),
      relocatable ? section : undefined,
    )
    for (const [index, { address, place }] of addresses.entries()) {
      const places = await info.locate(place)
      assert.equal(printed(places), expected[index], `${path} 0x${address.toString(16)}`)
      count++
      if (places.length > 2) chains++
    }
  }
  assert.ok(count > 150 && chains > 20, `${count} addresses, ${chains} in two inlined calls or more`)
  return count
}

for (const version of [2, 3, 4, 5]) {
  test(`DWARF ${version}, in a ${version % 2 === 0 ? 'program' : 'relocatable file'}`, async () => {
    const flags = ['-O2', `-gdwarf-${version}`, '-gstrict-dwarf', '-freorder-blocks-and-partition']
    // Before version 3 there is no DW_AT_ranges, and the compiler leaves out what is in pieces: no strict 2.
    if (version === 2) flags.splice(2, 1)
    const path = join(folder, `dwarf-${version}`)
    if (version % 2 === 0) await compare(compile(native, path, flags), 'addr2line')
    else await compare(compile(native, path, [...flags, '-c'], ['walk.c']), 'addr2line')
  })
}

const variants: Record<string, string[]> = {
  'sections compressed by zlib': ['-gz=zlib'],
  'every function in its own section': ['-ffunction-sections'],
  'i386: implicit addends, compressed': ['-m32', '-c', '-gz=zlib'],
  'without optimisation, no columns': ['-O0', '-gno-column-info', '-fno-inline'],
}
for (const [name, flags] of Object.entries(variants)) {
  test(name, async t => {
    const path = join(folder, name.replaceAll(/\W+/g, '-'))
    try {
      compile(native, path, ['-O2', '-g', ...flags], flags.includes('-c') ? ['walk.c'] : undefined)
    } catch {
      return t.skip(`the compiler does not know ${flags.join(' ')}`)
    }
    await compare(path, 'addr2line')
  })
}

for (const name of missingToolchains) test(`${name}: every address`, { skip: 'its cross compiler is not installed' })
for (const toolchain of toolchains.filter(({ prefix }) => prefix !== '')) {
  test(`${toolchain.name}: a relocatable file`, async () => {
    const tool = `${toolchain.prefix}addr2line`
    await compare(compile(toolchain, join(folder, `${toolchain.name}.o`), ['-O2', '-g', '-c'], ['walk.c']), tool)
  })
}

test('64-bit DWARF: as the 32-bit form, which addr2line judged', async () => {
  const [wide, narrow] = ['-gdwarf64', '-gdwarf32'].map(flag =>
    compile(native, join(folder, flag), ['-O2', '-g', flag]),
  )
  assert.deepEqual(await allPlaces(wide!), await allPlaces(narrow!))
})

for (const version of [4, 5]) {
  test(`split units of DWARF ${version}: as without splitting; without the .dwo files functions are unknown`, async () => {
    const path = join(folder, `split-${version}`)
    const whole = join(folder, `unsplit-${version}`)
    compile(native, path, ['-O2', `-gdwarf-${version}`, '-gsplit-dwarf', `-fdebug-prefix-map=x=y`])
    compile(native, whole, ['-O2', `-gdwarf-${version}`])
    const split = async (name: string, directory: string | undefined) => {
      const file = resolve(directory ?? '', name)
      return existsSync(file) ? open(file) : undefined
    }
    const [elf, reference] = [await open(path), (await DebugInfo.open(await open(whole)))!]
    const [info, blind] = [(await DebugInfo.open(elf, { split }))!, (await DebugInfo.open(elf))!]
    let count = 0
    for (const addresses of (await functionAddresses(elf)).values()) {
      for (const { place } of addresses) {
        assert.deepEqual(await info.locate(place), await reference.locate(place))
        const [first] = await blind.locate(place)
        assert.equal(first?.function, undefined)
        assert.ok(first?.line !== undefined)
        count++
      }
    }
    assert.ok(count > 200)
  })
}

test('the units of a .dwp package', { skip: !has('dwp') && 'dwp of binutils is not installed' }, async () => {
  const path = compile(native, join(folder, 'packed'), ['-O2', '-gdwarf-4', '-gsplit-dwarf'])
  run('dwp', ['-e', path, '-o', `${path}.dwp`])
  const elf = await open(path)
  const packed = await open(`${path}.dwp`)
  const info = (await DebugInfo.open(elf, { package: async () => packed }))!
  const whole = compile(native, join(folder, 'unpacked'), ['-O2', '-gdwarf-4'])
  const reference = (await DebugInfo.open(await open(whole)))!
  for (const addresses of (await functionAddresses(elf)).values()) {
    for (const { place } of addresses) assert.deepEqual(await info.locate(place), await reference.locate(place))
  }
})

test('dwz: what is shared by two files is read from their common one', {
  skip: !has('dwz') && 'dwz is not installed',
}, async () => {
  const [first, second] = ['dwz-1', 'dwz-2'].map(name => compile(native, join(folder, name), ['-O2', '-g']))
  const [expected] = await Promise.all([first!].map(async path => await allPlaces(path)))
  run('dwz', ['-m', join(folder, 'common'), '-M', join(folder, 'common'), first!, second!])
  const alternate = async (file: string) => open(file)
  assert.ok((await open(first!)).section('.gnu_debugaltlink') !== undefined)
  assert.deepEqual(await allPlaces(first!, { alternate }), expected)
})

async function allPlaces(path: string, companions: Companions = {}): Promise<SourcePlace[][]> {
  const elf = await open(path)
  const info = (await DebugInfo.open(elf, companions))!
  const places: SourcePlace[][] = []
  for (const addresses of (await functionAddresses(elf)).values()) {
    for (const { place } of addresses) places.push(await info.locate(place))
  }
  return places
}

/** What llvm-symbolizer says: it reads more than binutils does. */
async function compareWithSymbolizer(path: string): Promise<void> {
  const elf = await open(path)
  const info = (await DebugInfo.open(elf))!
  const addresses = [...(await functionAddresses(elf)).values()].flat()
  const input = addresses.map(({ address }) => `0x${address.toString(16)}\n`).join('')
  const blocks = run('llvm-symbolizer', ['-i', '-f', `--obj=${path}`], input)
    .trim()
    .split('\n\n')
  for (const [index, { address, place }] of addresses.entries()) {
    const expected = blocks[index]!.replaceAll(/(?:\.lto_priv\.\d+|\.cold)$/gm, '').replaceAll(/:\d+$/gm, '')
    const places = (await info.locate(place)).map(({ function: name, file, directory, line }) => {
      return `${name}\n${resolve(directory ?? '', file ?? '')}:${line}`
    })
    assert.equal(places.join('\n'), expected, `0x${address.toString(16)}`)
  }
}

const symbolizer = { skip: !has('llvm-symbolizer') && 'llvm-symbolizer is not installed' }

test('link-time optimisation: references across units', symbolizer, async () => {
  await compareWithSymbolizer(compile(native, join(folder, 'lto'), ['-O2', '-g', '-flto', '-flto-partition=none']))
})

test('clang: no .debug_aranges, indexed strings and addresses', async t => {
  if (!has('clang') || symbolizer.skip !== false) return t.skip('clang and llvm-symbolizer are not both installed')
  const path = join(folder, 'clang')
  const files = ['walk.c', 'other.c'].map(name => join(sources, name))
  run('clang', ['-O2', '-gdwarf-5', '-nostdlib', '-no-pie', '-e', 'main', '-o', path, ...files])
  assert.equal((await open(path)).section('.debug_aranges'), undefined)
  await compareWithSymbolizer(path)
})

test('every prefix of a file, and mutations of it, give places or a FormatError', async () => {
  const path = compile(native, join(folder, 'whole.o'), ['-O2', '-g', '-c'], ['walk.c'])
  const bytes = new Uint8Array(readFileSync(path))
  const elf = await open(path)
  const [low, high] = [elf.sections.find(({ name }) => name === '.debug_info')!.offset, elf.header.sections.offset]
  const places = [...(await functionAddresses(elf)).values()]
    .flat()
    .map(({ place }) => place)
    .filter((_, index) => index % 7 === 0)
  for (let length = 0; length < bytes.length; length += 211) await locateAll(bytes.subarray(0, length), places)
  const random = new Random(20261122)
  for (let round = 0; round < 120; round++) {
    const mutant = bytes.slice()
    for (let change = 0; change < 6; change++) mutant[random.between(low, high)] = random.below(256)
    await locateAll(mutant, places)
  }
})

async function locateAll(bytes: Uint8Array, places: readonly number[]): Promise<void> {
  try {
    const elf = await ElfFile.open(new MemoryFile('mutant', bytes))
    const info = await DebugInfo.open(elf)
    for (const place of places) await info?.locate(place)
  } catch (error) {
    assert.ok(error instanceof FormatError, error instanceof Error ? error.stack : String(error))
  }
}
