// Debian's kernel and 200 of its modules: 10,000 addresses against addr2line -fip and llvm-symbolizer, without an index and
// with one. Fetched when it can be (a gigabyte, two more unpacked); skipped aloud otherwise. docs/symbols.md explains what
// differs and why.

import assert from 'node:assert/strict'
import { basename, join, relative } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { Unavailable } from '../../lab/packages.ts'
import type { SourcePlace } from '../../src/core/formats/dwarf/debug-info.ts'
import type { CodeMap } from '../../src/core/localise/code-map.ts'
import { ElfCode } from '../../src/core/localise/elf-code.ts'
import { fullPath } from '../../src/core/localise/paths.ts'
import { openElf } from '../../src/node/elf-files.ts'
import { moduleName } from '../../src/node/module-files.ts'
import { IndexWriter, openIndex } from '../../src/node/symbol-index.ts'
import { type DebugFiles, debianKernel } from '../debian-kernel.ts'
import { Random } from '../random.ts'
import { has, run, scratchFolder } from '../toolchain.ts'

const KERNEL_ADDRESSES = 6000
const MODULE_ADDRESSES = 20

/** Shares of addresses at which a judge may say something else: as measured, docs/symbols.md, and a little more. */
const MAX_OTHER = { addr2line: 0.005, 'llvm-symbolizer': 0.002 }

const folder = scratchFolder()
const random = new Random(20261122)

let files: DebugFiles | undefined
let reason = ''

before(async () => {
  try {
    files = await debianKernel()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    reason = error.message
  }
})

interface Sample {
  /** counted from the layout's base */
  place: number
  /** as the tools want it */
  address: bigint
  section: string
}

/** A function counts for so many bytes: what is longer is padding, or data between functions. */
const MAX_COUNTED = 4096

/** Addresses spread over the code of all functions. */
async function samplesOf(code: ElfCode, count: number): Promise<Sample[]> {
  const { sections, layout } = code.elf
  const bytes = [...(await code.symbols())!].flatMap(({ address, sizeBytes = 0 }) => {
    const section = sections.find(({ index, size }) => inside(address, layout.starts[index]!, size))
    if (section === undefined) return []
    const start = layout.starts[section.index]!
    return [{ address, section, start, size: Math.min(sizeBytes, MAX_COUNTED, start + section.size - address) }]
  })
  const total = bytes.reduce((sum, { size }) => sum + size, 0)
  return Array.from({ length: total === 0 ? 0 : count }, () => {
    let left = random.below(total)
    const { address, section, start, size } = bytes.find(each => (left -= each.size) < 0)!
    const place = address + left + size
    return { place, address: section.address + BigInt(place - start), section: section.name }
  })
}

const inside = (address: number, start: number, size: number): boolean => address >= start && address < start + size

/** Compilers put these behind the names of what they cloned or split; debug information keeps the source's name. */
const suffix = /\.(?:isra|constprop|part|cold|lto_priv|localalias)(?:\.\d+)?/g

const chainOf = (places: readonly SourcePlace[]): string =>
  places.map(place => `${place.function ?? '??'} ${folded(fullPath(place) ?? '??')}:${place.line || '?'}`).join('\n')

const folded = (path: string): string => path.replaceAll('/./', '/').replaceAll(/\/{2,}/g, '/')

function addr2line(path: string, samples: readonly Sample[], relocatable: boolean): string[] {
  const answers: string[] = []
  const sections = relocatable ? [...new Set(samples.map(({ section }) => section))] : [undefined]
  for (const section of sections) {
    const asked = [...samples.entries()].filter(([, sample]) => section === undefined || sample.section === section)
    const input = asked.map(([, { address }]) => `${address.toString(16)}\n`).join('')
    const text = run('addr2line', ['-afip', '-e', path, ...(section === undefined ? [] : ['-j', section])], input)
    const blocks = text.split(/^0x[0-9a-f]+: /m).slice(1)
    for (const [order, [index]] of asked.entries()) {
      answers[index] = blocks[order]!.trim()
        .split(/\n \(inlined by\) /)
        .map(line => line.replace(/ \(discriminator \d+\)$/, '').replace(/^(\S+) at (.*):(\S+)$/, '$1 $2:$3'))
        .map(line => folded(line.replace(suffix, '')))
        .join('\n')
    }
  }
  return answers
}

const symbolizer = ['llvm-symbolizer-19', 'llvm-symbolizer'].find(has)

function llvm(path: string, samples: readonly Sample[]): string[] {
  const input = samples.map(({ address }) => `0x${address.toString(16)}\n`).join('')
  const blocks = run(symbolizer!, ['-i', '-f', `--obj=${path}`], input)
    .trim()
    .split('\n\n')
  return blocks.map(block => {
    const lines = block.split('\n')
    return lines
      .flatMap((line, index) => (index % 2 === 0 ? [`${line} ${folded(lines[index + 1] ?? '')}`] : []))
      .map(line => line.replace(/:\d+$/, '').replace(/:0$/, ':?').replace(suffix, ''))
      .join('\n')
  })
}

/** Where no line or function is known each judge has its own way of saying so. */
const isKnown = (places: readonly SourcePlace[]): boolean =>
  places[0]?.function !== undefined && places[0].line !== undefined

interface Tally {
  asked: number
  /** code that no function of the debug information holds: assembler, padding */
  without: number
  other: Record<string, string[]>
}

const tally: Tally = { asked: 0, without: 0, other: { addr2line: [], 'llvm-symbolizer': [] } }

async function compare(context: TestContext, path: string, count: number): Promise<void> {
  const elf = await openElf(path)
  const code = await ElfCode.open(basename(path), elf)
  const samples = await samplesOf(code, count)
  if (samples.length === 0) return
  const judges: Record<string, string[]> = { addr2line: addr2line(path, samples, code.relocatable) }
  // It cannot be told which section of a relocatable file an address is in.
  if (symbolizer !== undefined && !code.relocatable) judges['llvm-symbolizer'] = llvm(path, samples)
  for (const [index, { place, address }] of samples.entries()) {
    const places = await code.places(place)
    tally.asked++
    if (!isKnown(places)) {
      tally.without++
      continue
    }
    const ours = chainOf(places)
    const others = Object.entries(judges).filter(([, answers]) => answers[index] !== ours)
    for (const [judge, answers] of others) {
      tally.other[judge]!.push(`${basename(path)} 0x${address.toString(16)}\n${ours}\n  ${judge}:\n${answers[index]}`)
    }
  }
  if (!code.relocatable) context.diagnostic(`${relative(process.cwd(), path)}: ${tally.asked - tally.without} compared`)
}

test('10,000 addresses are what addr2line and llvm-symbolizer say', async context => {
  if (files === undefined) return context.skip(reason)
  await compare(context, files.vmlinux, KERNEL_ADDRESSES)
  for (const module of files.modules) await compare(context, module, MODULE_ADDRESSES)
  context.diagnostic(`${tally.asked} addresses, ${tally.without} in code without a function`)
  for (const [judge, other] of Object.entries(tally.other)) {
    context.diagnostic(`${judge}: ${other.length} other answers`)
    for (const each of other.slice(0, 5)) context.diagnostic(each)
    const share = other.length / (tally.asked - tally.without)
    assert.ok(share <= MAX_OTHER[judge as keyof typeof MAX_OTHER], `${judge} says something else at ${other.length}`)
  }
  // An answer that both judges contradict would be wrong.
  const contradicted = tally.other['llvm-symbolizer']!.filter(each => {
    const [head] = each.split('\n')
    return tally.other['addr2line']!.some(other => other.startsWith(`${head}\n`))
  })
  assert.deepEqual(contradicted, [])
})

test('the index of the kernel and its modules gives the same', async context => {
  if (files === undefined) return context.skip(reason)
  const path = join(folder, 'k.symbols')
  const writer = new IndexWriter(folder)
  const objects: [string, string][] = [
    ['vmlinux', files.vmlinux],
    ...files.modules.slice(0, 20).map((module): [string, string] => [moduleName(basename(module, '.ko')), module]),
  ]
  for (const [name, file] of objects) assert.deepEqual((await writer.add(name, file)).damage, [])
  writer.finish(path)
  const index = (await openIndex(path))!
  let count = 0
  for (const [name, file] of objects) {
    const code = await ElfCode.open(name, await openElf(file))
    const indexed: CodeMap = (await index.object(name))!
    for (const { place } of await samplesOf(code, name === 'vmlinux' ? 3000 : 100)) {
      const places = await code.places(place)
      if (!isKnown(places)) continue
      assert.equal(chainOf(await indexed.places(place)), chainOf(places), `${name} ${place}`)
      assert.equal((await indexed.symbolAt(place))?.name, (await code.symbolAt(place))?.name)
      count++
    }
  }
  context.diagnostic(`${count} addresses of ${objects.length} objects`)
  assert.ok(count > 3000)
})
