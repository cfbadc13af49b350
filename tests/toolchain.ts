// Small programs for tests: compiled here and now by the machine's own compilers, and asked of its own tools.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Toolchain {
  name: string
  /** of gcc, addr2line and others: 'powerpc-linux-gnu-' */
  prefix: string
}

const known: readonly Toolchain[] = [
  { name: 'native', prefix: '' },
  { name: 'powerpc', prefix: 'powerpc-linux-gnu-' },
  { name: 'arm64', prefix: 'aarch64-linux-gnu-' },
  { name: 's390x', prefix: 's390x-linux-gnu-' },
  { name: 'arm', prefix: 'arm-linux-gnueabihf-' },
  { name: 'ppc64le', prefix: 'powerpc64le-linux-gnu-' },
  { name: 'mips64el', prefix: 'mips64el-linux-gnuabi64-' },
  { name: 'riscv64', prefix: 'riscv64-linux-gnu-' },
]

export const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

export const toolchains = known.filter(({ prefix }) => has(`${prefix}gcc`) && has(`${prefix}addr2line`))
export const missingToolchains = known.filter(toolchain => !toolchains.includes(toolchain)).map(({ name }) => name)

/** The folder of the C sources that tests compile. */
export const sources = join(import.meta.dirname, '..', 'fixtures', 'symbols')

/** A folder that is gone when the process ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-symbols-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a program to its end; its standard output. */
export const run = (
  program: string,
  args: readonly string[],
  input = '',
  encoding: 'utf8' | 'latin1' = 'utf8',
): string => execFileSync(program, args, { input, encoding, maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'ignore'] })

/** Compiles sources of `fixtures/symbols` (file names) to `output`; compiler flags as given. */
export function compile(
  { prefix }: Toolchain,
  output: string,
  flags: readonly string[],
  files: readonly string[] = ['walk.c', 'other.c'],
): string {
  execFileSync(`${prefix}gcc`, ['-nostdlib', '-fno-pie', '-no-pie', '-e', 'main', ...flags, '-o', output, ...files], {
    cwd: sources,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return output
}
