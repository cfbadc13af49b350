// Programs of fixtures/symbols/frames.c, cross-compiled and run by QEMU: their registers and their stack at a known place, as
// a report has them.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MemoryFile } from '../src/core/bytes/byte-file.ts'
import { ElfFile } from '../src/core/formats/elf/elf-file.ts'
import { ElfCode } from '../src/core/localise/elf-code.ts'
import { type CodeObject, elfObject } from '../src/core/localise/unwind/code-object.ts'
import type { ArchName, Report } from '../src/core/model.ts'
import { crossCompilers, ensurePrograms } from '../tools/install.mjs'
import { has, scratchFolder, sources } from './toolchain.ts'

export interface Machine {
  arch: ArchName
  /** of gcc */
  prefix: string
  /** what runs its programs; none: this machine */
  emulator?: string
  flags?: readonly string[]
}

export const machines: readonly Machine[] = [
  // as kernels are compiled: nothing stands below the stack pointer
  { arch: 'x86_64', prefix: 'x86_64-linux-gnu-', flags: ['-mno-red-zone'] },
  { arch: 'powerpc', prefix: 'powerpc-linux-gnu-', emulator: 'qemu-ppc-static' },
  { arch: 'powerpc64', prefix: 'powerpc64le-linux-gnu-', emulator: 'qemu-ppc64le-static' },
  { arch: 'arm', prefix: 'arm-linux-gnueabihf-', emulator: 'qemu-arm-static' },
  { arch: 'arm64', prefix: 'aarch64-linux-gnu-', emulator: 'qemu-aarch64-static' },
  { arch: 'mips', prefix: 'mips-linux-gnu-', emulator: 'qemu-mips-static' },
  { arch: 'mips64', prefix: 'mips64el-linux-gnuabi64-', emulator: 'qemu-mips64el-static' },
  { arch: 'riscv64', prefix: 'riscv64-linux-gnu-', emulator: 'qemu-riscv64-static' },
  { arch: 's390x', prefix: 's390x-linux-gnu-', emulator: 'qemu-s390x-static' },
]

/** Installs what is missing, where that can be done. */
export function installMachines(): void {
  const programs: Record<string, string> = {}
  for (const { prefix, emulator } of machines) {
    if (emulator === undefined) continue
    const compiler = `${prefix}gcc`
    programs[compiler] = crossCompilers[compiler] ?? `gcc-${prefix.slice(0, -1)}`
    programs[emulator] = 'qemu-user-static'
  }
  ensurePrograms(programs)
}

/** Why its programs cannot be made or run here; undefined when they can. */
export function unavailable({ prefix, emulator }: Machine): string | undefined {
  const missing = [`${prefix}gcc`, ...(emulator === undefined ? [] : [emulator])].filter(program => !has(program))
  return missing.length === 0
    ? undefined
    : `needs ${missing.join(', ')}: apt-get install gcc-${prefix.slice(0, -1)} qemu-user-static`
}

export interface StackProgram {
  path: string
  report: Report
  object: CodeObject
}

const folder = scratchFolder()
let count = 0

export const objectOf = async (path: string, module?: string): Promise<CodeObject> =>
  elfObject(module, await ElfCode.open('vmlinux', await ElfFile.open(new MemoryFile(path, readFileSync(path)))))

/** Compiles with these flags, runs, and gives the report of the fault. */
export async function stackProgram(machine: Machine, flags: readonly string[]): Promise<StackProgram> {
  const path = join(folder, `frames-${count++}`)
  const { arch, prefix, emulator, flags: own = [] } = machine
  execFileSync(
    `${prefix}gcc`,
    ['-static', '-no-pie', '-fno-pie', '-w', '-g', ...own, ...flags, '-o', path, 'frames.c'],
    {
      cwd: sources,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const text = execFileSync(emulator ?? path, emulator === undefined ? [] : [path], { encoding: 'utf8' })
  return { path, report: reportOf(arch, text), object: await objectOf(path) }
}

function reportOf(arch: ArchName, text: string): Report {
  const registers: Record<string, string> = {}
  const words: { address: string; value: string }[] = []
  const bits = /^(?:arm|mips|powerpc|i386|riscv32)$/.test(arch) ? 32 : 64
  const hex = (digits: string): string => `0x${digits.slice(-bits / 4).padStart(bits / 4, '0')}`
  for (const line of text.trimEnd().split('\n')) {
    const [name = '', value = ''] = line.split(' ')
    if (name.startsWith('@')) words.push({ address: hex(name.slice(1)), value: hex(value) })
    else registers[name] = hex(value)
  }
  const pc = registers['pc']!
  return {
    arch,
    severity: 'oops',
    registers,
    pc: { address: pc },
    fault: { address: registers['fault'] },
    stack: { address: words[0]!.address, words },
    text: '',
  } as unknown as Report
}
