// What Faultline's disassemblers say, against objdump of the multi-architecture binutils, on ten thousand instructions of
// each of Debian's kernels; SPARC's C library, as Debian has no kernel for it. Fetched when they can be, skipped and said
// when not.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { laterPrograms } from '../../lab/later-programs.ts'
import { type DebianArch, dependency, fetchPackage } from '../../lab/packages.ts'
import { MemoryFile } from '../../src/core/bytes/byte-file.ts'
import { ElfFile } from '../../src/core/formats/elf/elf-file.ts'
import { instructionSetOf } from '../../src/core/localise/instruction-set.ts'
import { disassembleReport } from '../../src/core/localise/instructions.ts'
import { loongarchDisassembler } from '../../src/core/localise/loongarch.ts'
import type { ArchName, Report } from '../../src/core/model.ts'
import { findDisassembler } from '../../src/node/disassemblers/index.ts'
import { openKernelFile } from '../../src/node/kernel-file.ts'
import { Random } from '../random.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

interface Case {
  arch: ArchName
  /** code, and where in it to begin */
  code(): Promise<Uint8Array>
  objdump: string[]
  /** of 10,000: how many are written alike once numbers and spaces are; arm's rest is data between functions */
  alike?: number
}

/** The kernel that a meta package depends on; code begins before FIRST in all of these images. */
const kernel = (debian: DebianArch, meta: string, prefix = 'linux-image-6.1') => ({
  code: async () => {
    const { folder } = await fetchPackage(debian, await dependency(debian, meta, prefix))
    return codeOf(globSync(join(folder, 'boot/vmlinu*'))[0]!)
  },
})

const codeOf = async (image: string): Promise<Uint8Array> => (await openKernelFile(image)).image.bytes.subarray(FIRST)

/** Its image is in a package of its own since Debian's 7.x. */
const loongKernel = async (): Promise<Uint8Array> => {
  const image = await dependency('loong64/sid', 'linux-image-loong64', 'linux-image-')
  const { folder } = await fetchPackage('loong64/sid', image.replace('image', 'binary'))
  return codeOf(globSync(join(folder, 'usr/lib/modules/*/vmlinuz'))[0]!)
}

const sparcLibrary = async (): Promise<Uint8Array> => {
  const { folder } = await fetchPackage('amd64', 'libc6-sparc64-cross')
  const bytes = readFileSync(join(folder, 'usr/sparc64-linux-gnu/lib/libc.so.6'))
  const { offset } = (await ElfFile.open(new MemoryFile('libc.so.6', bytes))).section('.text')!
  return bytes.subarray(offset)
}

const cases: readonly Case[] = [
  { arch: 'x86_64', ...kernel('amd64', 'linux-image-amd64'), objdump: ['-m', 'i386:x86-64'] },
  { arch: 'arm64', ...kernel('arm64', 'linux-image-arm64'), objdump: ['-m', 'aarch64'] },
  { arch: 'arm', ...kernel('armhf', 'linux-image-armmp'), objdump: ['-m', 'arm'], alike: 9_980 },
  {
    arch: 'powerpc64',
    ...kernel('ppc64el', 'linux-image-powerpc64le'),
    objdump: ['-m', 'powerpc:common64', '-EL'],
  },
  { arch: 's390x', ...kernel('s390x', 'linux-image-s390x'), objdump: ['-m', 's390:64-bit', '-EB'] },
  { arch: 'mips64', ...kernel('mips64el', 'linux-image-5kc-malta'), objdump: ['-m', 'mips:isa64r2', '-EL'] },
  {
    arch: 'riscv64',
    ...kernel('riscv64/trixie', 'linux-image-riscv64', 'linux-image-6'),
    objdump: ['-m', 'riscv:rv64'],
  },
  { arch: 'loongarch64', code: loongKernel, objdump: ['-m', 'loongarch64'] },
  { arch: 'sparc64', code: sparcLibrary, objdump: ['-m', 'sparc:v9m8', '-EB'] },
]

const COUNT = 10_000
/** Code begins before this in all of these images. */
const FIRST = 0x200000

interface Line {
  address: number
  bytes: number
  text: string
}

/** objdump's lines; `width` is that of its printed words. */
function linesOf(output: string): Line[] {
  const lines: Line[] = []
  for (const [, address, bytes, text] of output.matchAll(/^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(.*)$/gm)) {
    lines.push({ address: Number.parseInt(address!, 16), bytes: bytes!.replaceAll(' ', '').length / 2, text: text! })
  }
  return lines
}

/** Numbers as numbers, comments and names gone, no spaces. */
function normal(text: string): string {
  return (
    text
      .replace(/\s*(?:<.*>|;.*|\/\/.*|#\s.*|@.*)$/, '')
      .toLowerCase()
      .replace(/\s+/g, ' ')
      .replace(/[#$]/g, '')
      .replace(/-?\b(?:0x[0-9a-f]+|\d+)\b/g, number =>
        BigInt.asUintN(64, number.startsWith('-') ? -BigInt(number.slice(1)) : BigInt(number)).toString(),
      )
      .replace(/ ?, ?/g, ',')
      // Until 2.40 a shift by one had no number.
      .replace(/^((?:sh|sa|ro|rc)[lr][bwlq]?) 1,/, '$1 ')
      .trim()
  )
}

/** 42 bytes before a fault and 22 from it on, as x86 prints them: no instruction that is listed begins at a wrong place. */
async function assertBoundaries(code: Uint8Array, lines: readonly Line[]): Promise<void> {
  const begins = new Set(lines.map(({ address }) => address))
  let wrong = 0
  let listed = 0
  let undecided = 0
  for (let i = 20; i < lines.length; i += 9) {
    const start = lines[i]!.address - 42
    const bytes = Array.from(code.subarray(start, start + 64), byte => byte.toString(16).padStart(2, '0')).join(' ')
    const report = { arch: 'x86_64', code: { bytes, unitBytes: 1, faultIndex: 42 } } as Report
    await disassembleReport(report, findDisassembler)
    const rows = report.code!.instructions!
    const fault = rows.findIndex(row => row.fault)
    let at = lines[i]!.address - rows.slice(0, fault).reduce((sum, row) => sum + row.bytes.split(' ').length, 0)
    if (fault === 0) undecided++
    for (const row of rows) {
      listed++
      if (!begins.has(at)) wrong++
      at += row.bytes.split(' ').length
    }
  }
  assert.ok(wrong < listed / 1000, `${wrong} of ${listed} begin elsewhere`)
  assert.ok(undecided < lines.length / 9 / 50, `${undecided} dumps with nothing before the fault`)
}

let objdumps: Promise<string> | undefined

/** A later Debian's: older ones write RISC-V in another way, and do not know all of LoongArch. */
function objdumpProgram(): Promise<string> {
  objdumps ??= laterPrograms('trixie', 'binutils-multiarch', ['libc6', 'libsframe1', 'libzstd1', 'zlib1g']).then(
    folder => globSync(join(folder, '*objdump'))[0]!,
  )
  return objdumps
}

function objdumped(context: TestContext, program: string, args: readonly string[], code: Uint8Array): Line[] {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-objdump-'))
  context.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'code'), code)
  const output = execFileSync(program, ['-D', '-z', '-w', '-b', 'binary', ...args, join(folder, 'code')], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return linesOf(output)
}

/** LoongArch's branches with where they go instead of how far, which objdump puts behind; SPARC's comments gone. */
function placed(arch: ArchName, text: string): string {
  if (arch === 'sparc64') return text.replace(/\s!\s.*$/, '')
  return arch === 'loongarch64' ? text.replace(/-?\d+\s+# (0x[0-9a-f]+)$/, '$1') : text
}

for (const { arch, code: fetchCode, objdump, alike = COUNT } of cases) {
  test(`${arch}: ${COUNT} instructions`, async context => {
    let program: string
    let code: Uint8Array
    try {
      program = await objdumpProgram()
      code = (await fetchCode()).subarray(0, COUNT * 8)
    } catch (error) {
      return skipUnavailable(context, error)
    }
    const lines = objdumped(context, program, objdump, code).slice(0, COUNT)
    assert.equal(lines.length, COUNT)
    const set = instructionSetOf({ arch } as Report)!
    const disassembler = (await findDisassembler(set))!
    let lengths = 0
    let same = 0
    const others = new Map<string, string>()
    for (const { address, bytes, text } of lines) {
      const decoded = disassembler.decode(code.subarray(address, address + 16), BigInt(address))
      const bad = /^\.|\(bad\)/.test(text)
      if (decoded?.bytes === bytes || (decoded === undefined && bad)) lengths++
      const [ours, theirs] = [normal(decoded?.text ?? ''), normal(placed(arch, text))]
      if (ours === theirs || (decoded === undefined && bad)) same++
      else others.set(theirs.split(' ')[0]!, `${theirs}  |  ${ours}`)
    }
    context.diagnostic(
      `${lengths} lengths, ${same} texts alike; others: ${[...others.values()].slice(0, 12).join('; ')}`,
    )
    assert.ok(lengths >= COUNT - 20, `${lengths} lengths`)
    if (arch === 'x86_64') await assertBoundaries(code, lines)
    assert.ok(same >= alike, `${same} alike: ${[...others.values()].slice(0, 60).join('\n')}`)
  })
}

test('loongarch: words by chance', async context => {
  let program: string
  try {
    program = await objdumpProgram()
  } catch (error) {
    return skipUnavailable(context, error)
  }
  const random = new Random(7)
  const words = Uint32Array.from({ length: 100_000 }, (_, i) =>
    // half of them among the opcodes that are in use
    i % 2 === 0 ? random.next() : ((random.below(0x80) << 24) | (random.next() & 0xffffff)) >>> 0,
  )
  const code = new Uint8Array(words.buffer)
  let known = 0
  const others: string[] = []
  for (const { address, text } of objdumped(context, program, ['-m', 'loongarch64'], code)) {
    const decoded = loongarchDisassembler.decode(code.subarray(address, address + 4), BigInt(address))
    // The arithmetic of floats and vectors is not in the table.
    if (decoded === undefined) continue
    known++
    const [ours, theirs] = [normal(decoded.text), normal(placed('loongarch64', text))]
    if (ours !== theirs) others.push(`${theirs}  |  ${ours}`)
  }
  context.diagnostic(`${known} words`)
  assert.ok(known > 20_000)
  assert.deepEqual(others.slice(0, 20), [])
})
