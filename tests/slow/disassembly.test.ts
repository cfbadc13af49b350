// What Faultline's disassemblers say, against objdump of the multi-architecture binutils, on ten thousand instructions of
// each of Debian's kernels. Fetched when they can be, skipped and said when not.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type DebianArch, dependency, fetchPackage, Unavailable } from '../../lab/packages.ts'
import { instructionSetOf } from '../../src/core/localise/instruction-set.ts'
import { disassembleReport } from '../../src/core/localise/instructions.ts'
import { loongarchDisassembler } from '../../src/core/localise/loongarch.ts'
import type { ArchName, Report } from '../../src/core/model.ts'
import { findDisassembler } from '../../src/node/disassemblers/index.ts'
import { openKernelFile } from '../../src/node/kernel-file.ts'
import { Random } from '../random.ts'

interface Case {
  arch: ArchName
  debian: DebianArch
  meta: string
  objdump: string[]
  /** of 10,000: how many are written alike once numbers and spaces are; arm's rest is data between functions */
  alike: number
}

const cases: readonly Case[] = [
  { arch: 'x86_64', debian: 'amd64', meta: 'linux-image-amd64', objdump: ['-m', 'i386:x86-64'], alike: 10_000 },
  { arch: 'arm64', debian: 'arm64', meta: 'linux-image-arm64', objdump: ['-m', 'aarch64'], alike: 10_000 },
  { arch: 'arm', debian: 'armhf', meta: 'linux-image-armmp', objdump: ['-m', 'arm'], alike: 9_980 },
  {
    arch: 'powerpc64',
    debian: 'ppc64el',
    meta: 'linux-image-powerpc64le',
    objdump: ['-m', 'powerpc:common64', '-EL'],
    alike: 10_000,
  },
  { arch: 's390x', debian: 's390x', meta: 'linux-image-s390x', objdump: ['-m', 's390:64-bit', '-EB'], alike: 10_000 },
  {
    arch: 'mips64',
    debian: 'mips64el',
    meta: 'linux-image-5kc-malta',
    objdump: ['-m', 'mips:isa64r2', '-EL'],
    alike: 10_000,
  },
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

for (const { arch, debian, meta, objdump, alike } of cases) {
  test(`${arch}: ${COUNT} instructions of a kernel`, async context => {
    let binutils: string
    let image: string
    try {
      binutils = (await fetchPackage('amd64', 'binutils-multiarch')).folder
      const kernel = await fetchPackage(debian, await dependency(debian, meta, 'linux-image-6.1'))
      image = globSync(join(kernel.folder, 'boot/vmlinu*'))[0]!
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      return context.skip(error.message)
    }
    const code = (await openKernelFile(image)).image.bytes.subarray(FIRST, FIRST + COUNT * 8)
    const folder = mkdtempSync(join(tmpdir(), 'faultline-objdump-'))
    context.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'code'), code)
    const program = globSync(join(binutils, 'usr/bin/*objdump*'))[0]!
    const libraries = join(binutils, 'usr/lib/x86_64-linux-gnu')
    const output = execFileSync(program, ['-D', '-z', '-w', '-b', 'binary', ...objdump, join(folder, 'code')], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, LD_LIBRARY_PATH: libraries },
    })
    const lines = linesOf(output).slice(0, COUNT)
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
      const [ours, theirs] = [normal(decoded?.text ?? ''), normal(text)]
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

test('loongarch: words by chance, against llvm-objdump', context => {
  const version = ['-19', '-18', '-17', ''].find(each => spawnSync(`llvm-mc${each}`, ['--version']).status === 0)
  const folder = mkdtempSync(join(tmpdir(), 'faultline-loongarch-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const random = new Random(7)
  const words = Array.from({ length: 100_000 }, (_, i) =>
    // half of them among the opcodes that are in use
    i % 2 === 0 ? random.next() : ((random.below(0x80) << 24) | (random.next() & 0xffffff)) >>> 0,
  )
  writeFileSync(join(folder, 'code.s'), `.text\n${words.map(word => `.word ${word}\n`).join('')}`)
  const object = join(folder, 'code.o')
  const args = ['--triple=loongarch64', '--mattr=+d', '--filetype=obj', '-o', object, join(folder, 'code.s')]
  if (version === undefined || spawnSync(`llvm-mc${version}`, args).status !== 0) {
    return context.skip('no llvm-mc that knows loongarch64')
  }
  const output = execFileSync(`llvm-objdump${version}`, ['-D', '-z', '--section=.text', '--mattr=+d,+f', object], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  let known = 0
  const others: string[] = []
  for (const [, place, printed] of output.matchAll(/^ *([0-9a-f]+): (?:[0-9a-f]{2} ){3}[0-9a-f]{2} +\t(.*)$/gm)) {
    const at = Number.parseInt(place!, 16)
    const code = new Uint8Array(4)
    new DataView(code.buffer).setUint32(0, words[at / 4]!, true)
    const decoded = loongarchDisassembler.decode(code, BigInt(at))
    // Floats, vectors and what virtual machines use are not in the table.
    if (decoded === undefined) continue
    known++
    const plain = normal(printed!)
    // llvm prints how far a branch goes.
    const theirs =
      decoded.target === undefined
        ? plain
        : plain.replace(/\d+$/, far => `${BigInt.asUintN(64, BigInt(far) + BigInt(at))}`)
    const ours = normal(decoded.text)
    if (ours !== theirs) others.push(`${theirs}  |  ${ours}`)
  }
  context.diagnostic(`${known} words`)
  assert.ok(known > 20_000)
  assert.deepEqual(others.slice(0, 20), [])
})
