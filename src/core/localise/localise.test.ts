import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compile, run, scratchFolder } from '../../../tests/toolchain.ts'
import { MemoryFile } from '../bytes/byte-file.ts'
import { ElfFile } from '../formats/elf/elf-file.ts'
import type { Frame, Place, Report } from '../model.ts'
import type { CodeMap, CodeSymbol } from './code-map.ts'
import { ElfCode } from './elf-code.ts'
import { type FindCode, localise } from './localise.ts'
import { fullPath, sourcePath } from './paths.ts'
import { returnAddresses } from './return-addresses.ts'

const folder = scratchFolder()
const native = { name: 'native', prefix: '' }
const flags = ['-O2', '-g', '-freorder-blocks-and-partition', '-Wl,--build-id']
const program = compile(native, join(folder, 'vmlinux'), flags)
const module = compile(native, join(folder, 'walk.ko'), [...flags, '-c', '-ffunction-sections'], ['walk.c'])

const open = async (name: string, path: string): Promise<ElfCode> =>
  ElfCode.open(name, await ElfFile.open(new MemoryFile(path, readFileSync(path))))

const kernel = await open('vmlinux', program)
const walk = await open('walk', module)
const find: FindCode = async name => (name === undefined ? kernel : walk)

const reportOf = (frames: Frame[], more: Partial<Report> = {}): Report => ({
  schema: 'faultline.report/1',
  source: {},
  kind: 'oops',
  severity: 'oops',
  title: '',
  altTitles: [],
  fatal: false,
  arch: 'x86_64',
  lines: { first: 1, last: 1 },
  span: { start: 0, end: 1 },
  text: '',
  fingerprint: '',
  traces: [{ title: 'Call Trace', frames }],
  ...more,
})

async function placesOf(frames: Frame[], more: Partial<Report> = {}, code: FindCode = find) {
  const fresh = frames.map(frame => ({ ...frame }))
  const report = await localise(reportOf(fresh, more), code)
  return report.traces![0]!.frames.map(frame => [...(frame.inlines ?? []), frame.place].map(shown))
}

const shown = (place: Place | undefined): string =>
  place === undefined ? 'none' : 'unknown' in place ? place.unknown : `${place.function} ${place.file}:${place.line}`

/** The instruction behind each call of `callee` in a function, as offsets: what a trace would have. */
function returnOffsets(
  path: string,
  name: string,
  callee: string,
): { offset: number; size: number; address: string }[] {
  const text = run('objdump', ['-d', '--no-show-raw-insn', `--disassemble=${name}`, path])
  const lines = text.split('\n').map(line => /^ *(?<address>[0-9a-f]+):\t(?<text>.*)/.exec(line)?.groups)
  const start = Number.parseInt(/^0*([0-9a-f]+) </m.exec(text)![1]!, 16)
  return lines.flatMap((line, index) => {
    if (line === undefined || !new RegExp(`call.*<${callee}>`).test(line['text']!)) return []
    const next = lines[index + 1]?.['address'] ?? 'bad'
    return [{ offset: Number.parseInt(next, 16) - start, size: 0, address: line['address']! }]
  })
}

test('a return address is looked up at its call, a program counter where it is', async () => {
  const calls = returnOffsets(program, 'walk', 'show')
  assert.ok(calls.length > 0)
  const [{ sizeBytes: size = 0 }] = (await kernel.named('walk')) as [CodeSymbol]
  for (const { offset, address } of calls) {
    const frame = { symbol: 'walk', offset, size }
    const atCall = run('addr2line', ['-fip', '-e', program, address]).replace(/ \(discriminator \d+\)/g, '')
    const expected = [...atCall.matchAll(/(\w+) at (?:.*\/)?([\w.]+:\d+)/g)].map(
      ([, name, place]) => `${name} ${place}`,
    )
    assert.deepEqual((await placesOf([{ symbol: 'dump_stack', offset: 4 }, frame]))[1], expected)
    // As the registers' pc the same offset is the instruction behind the call.
    const exact = (await placesOf([frame], { pc: { ...frame } }))[0]!
    const behind = run('addr2line', ['-fip', '-e', program, (Number.parseInt(address, 16) + 5).toString(16)])
    assert.equal(exact.at(-1), `walk ${/(?:walk at|by\) walk at) (?:.*\/)?([\w.]+:\d+)/.exec(behind)![1]}`)
  }
})

test('behind an exception entry stands an interrupted pc, behind others a return address', () => {
  const frames = ['el1h_64_sync', 'struck', 'caller'].map(symbol => ({ symbol, offset: 8, size: 64 }))
  const trace = { title: 'Call trace', frames: [{ symbol: 'handler', offset: 4, size: 16 }, ...frames] }
  assert.deepEqual(returnAddresses(trace, reportOf([], { arch: 'arm64' })), [true, true, false, true])
  assert.deepEqual(returnAddresses(trace, reportOf([], { arch: 'x86_64' })), [true, true, true, true])
  const marked = {
    title: 'Call trace',
    frames: [{ symbol: 'struck', offset: 8, size: 64, programCounter: true as const }],
  }
  assert.deepEqual(returnAddresses(marked, reportOf([], { arch: 'arm64' })), [false])
  const start = { title: 'Call trace', frames: [{ symbol: 'dump_backtrace', offset: 0, size: 16 }] }
  assert.deepEqual(returnAddresses(start, reportOf([], { arch: 'arm64' })), [false])
})

test('sections of a module: by the symbol, whatever its section', async () => {
  const [{ sizeBytes: size = 0 }] = (await walk.named('begin')) as [CodeSymbol]
  const [first] = await placesOf([{ symbol: 'begin', offset: 0, size, module: 'walk' }])
  assert.match(first!.at(-1)!, /^begin (?:fixtures\/symbols\/)?walk\.c:\d+$/)
  const cold = run('nm', [module]).match(/walk\.cold/) !== null
  if (cold) {
    const [place] = await placesOf([{ symbol: 'walk.cold', offset: 1, module: 'walk' }])
    assert.match(place!.at(-1)!, /^walk /)
  }
})

test('same-named functions are told apart by size; what size cannot tell is ambiguous', async () => {
  const both = await kernel.named('show')
  assert.equal(both.length, 2)
  const sizes = both.map(({ sizeBytes = 0 }) => sizeBytes)
  assert.notEqual(sizes[0], sizes[1])
  const places = await placesOf(sizes.map(size => ({ symbol: 'show', offset: 0, size })))
  const files = places.map(place => place[0]!.replace(/^show (?:.*\/)?(\w+\.c):\d+$/, '$1')).sort()
  assert.deepEqual(files, ['other.c', 'walk.c'])
  assert.deepEqual(await placesOf([{ symbol: 'show', offset: 0 }]), [['ambiguous']])
  const report = await localise(reportOf([{ symbol: 'show', offset: 0 }]), find)
  const place = report.traces![0]!.frames[0]!.place as { detail: string }
  assert.match(place.detail, /^2 functions show of this size: .*walk\.c:\d+.*other\.c:\d+|other\.c:\d+.*walk\.c:\d+/)
})

test('another build is refused: by its ID, its release, and by a function of another size', async () => {
  const [{ sizeBytes: size = 0 }] = (await kernel.named('walk')) as [CodeSymbol]
  const frame = { symbol: 'walk', offset: 4, size }
  const right = { buildId: kernel.buildId! }
  assert.match((await placesOf([frame], { kernel: right }))[0]!.at(-1)!, /^walk /)
  assert.deepEqual(await placesOf([frame], { kernel: { buildId: '00'.repeat(20) } }), [['wrong-build-id']])
  assert.match((await placesOf([frame], { kernel: { release: '6.9-test+' } }))[0]!.at(-1)!, /^walk /)
  assert.deepEqual(await placesOf([frame], { kernel: { release: '6.10' } }), [['wrong-build-id']])
  assert.deepEqual(await placesOf([{ ...frame, size: size + 4096 }]), [['wrong-build-id']])
  assert.deepEqual(await placesOf([{ symbol: 'gone', offset: 4, size: 16 }]), [['no-symbols']])
})

test('bare addresses, by the kernel offset of the log or of a frame that has both', async () => {
  const [{ address, sizeBytes: size = 0 }] = (await kernel.named('walk')) as [CodeSymbol]
  const shift = 0x12340000n
  const running = kernel.base + BigInt(address) + shift
  const bare: Frame = { address: `0x${(running + 9n).toString(16)}` }
  const named: Frame = { symbol: 'walk', offset: 9, size, address: bare.address! }
  const expected = (
    await placesOf([
      { symbol: 'x', offset: 1 },
      { symbol: 'walk', offset: 9, size },
    ])
  )[1]
  assert.deepEqual((await placesOf([{ symbol: 'x', offset: 1 }, bare, named]))[1], expected)
  const told = { kernel: { kaslrOffset: `0x${shift.toString(16)}` } }
  assert.deepEqual((await placesOf([{ symbol: 'x', offset: 1 }, bare], told))[1], expected)
})

test('what a log says itself stays, a damaged file is an answer', async () => {
  const said = { symbol: 'walk', offset: 4, place: { file: 'mm/slab.c', line: 3, function: 'walk' } }
  assert.deepEqual(await placesOf([said]), [['walk mm/slab.c:3']])
  const bytes = new Uint8Array(readFileSync(program))
  const elf = await ElfFile.open(new MemoryFile('torn', bytes))
  const section = elf.section('.debug_abbrev')!
  bytes.fill(0xff, section.offset, section.offset + section.size)
  const torn = await ElfCode.open('vmlinux', elf)
  assert.deepEqual(await placesOf([{ symbol: 'walk', offset: 4 }], {}, async () => torn), [['unreadable']])
})

test('symbols as nm has them, by name and by address', async () => {
  for (const code of [kernel, walk]) {
    for (const line of run('nm', [code.file]).split('\n')) {
      const [, digits, type, name] = /^([0-9a-f]+) ([a-zA-Z]) (\S+)$/.exec(line) ?? []
      if (name === undefined || !/[tTwW]/.test(type!)) continue
      const found = await code.named(name)
      if (!code.relocatable) {
        assert.ok(
          found.some(({ address }) => BigInt(address) + code.base === BigInt(`0x${digits}`)),
          name,
        )
      }
      for (const { address } of found) assert.equal((await code.symbolAt(address))?.address, address, name)
    }
  }
  assert.deepEqual(await kernel.named('counter'), [])
  assert.deepEqual(await (kernel as CodeMap).named('no such'), [])
})

test('paths from the top of the tree', () => {
  const tree = '/build/linux-6.1'
  const path = (file: string, directory?: string) => sourcePath({ file, ...(directory !== undefined && { directory }) })
  assert.equal(path('fs/ext4/balloc.c', 'debian/build/amd64'), 'fs/ext4/balloc.c')
  assert.equal(path('./include/linux/fs.h', tree), 'include/linux/fs.h')
  assert.equal(path('include/trace/../../drivers/iommu/intel//trace.h'), 'drivers/iommu/intel/trace.h')
  assert.equal(path(`${tree}/arch/x86/../x86/entry.S`, `${tree}/debian/build`), 'arch/x86/entry.S')
  assert.equal(path('/usr/include/stdio.h', '/usr/src/x'), '/usr/include/stdio.h')
  assert.equal(fullPath({ file: 'fs/a.c', directory: tree }), `${tree}/fs/a.c`)
})
