// Programs of a later Debian, on this one: they run with the C library that they were linked with. Those of linux-kbuild build
// modules for a later kernel; the compiler is this machine's, which does not know all of the options.

import {
  chmodSync,
  closeSync,
  globSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { cached } from './cache.ts'
import { fetchPackage } from './packages.ts'
import { runProgram } from './run-program.ts'

/** Options of later compilers: what they ask for is nothing that a module of the lab depends on. */
const unknown = ['-fmin-function-alignment=*', '-fstrict-flex-arrays=*', '-fcounted-by-*', '-Wno-*', '-std=gnu2*']

type Suite = 'sid' | 'trixie'

/** linux-kbuild's folder with programs that run here. */
export async function laterKbuild(suite: Suite, name: string): Promise<string> {
  const { folder, version } = await fetchPackage(`amd64/${suite}`, name)
  const libraries = ['libc6', 'libelf1t64', 'zlib1g', 'libzstd1', 'libssl3t64']
  return runnable(suite, `kbuild/${suite}-${name}_${version}-own`, join(folder, 'usr/lib', name), libraries)
}

/** The folder of a package's programs, fit to run here; `libraries` are the packages that they need. */
export async function laterPrograms(suite: Suite, name: string, libraries: readonly string[]): Promise<string> {
  const { folder, version } = await fetchPackage(`amd64/${suite}`, name)
  return runnable(suite, `programs/${suite}-${name}_${version}`, join(folder, 'usr/bin'), [name, ...libraries])
}

/** A copy of the folder in which the programs start with these packages' libraries. */
async function runnable(suite: Suite, path: string, folder: string, libraries: readonly string[]): Promise<string> {
  const brought = await Promise.all(libraries.map(library => fetchPackage(`amd64/${suite}`, library)))
  // The libraries are in it, so that it still runs when the cache has been moved.
  return cached(path, async target => {
    await runProgram('cp', ['-a', `${folder}/.`, target])
    const own = join(target, LIBRARIES)
    mkdirSync(own)
    for (const each of brought) {
      await runProgram('cp', ['-a', `${join(each.folder, 'usr/lib/x86_64-linux-gnu')}/.`, own])
    }
    for (const path of globSync('**', { cwd: target })) {
      const file = join(target, path)
      if (path.startsWith(LIBRARIES) || !lstatSync(file).isFile() || !isElf(file)) continue
      renameSync(file, `${file}.elf`)
      writeFileSync(file, starter(path))
      chmodSync(file, 0o755)
    }
  })
}

const LIBRARIES = 'faultline-lib'

/** Runs the program beside it by the loader that it was linked for. */
const starter = (path: string): string => `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
libraries=$here/${'../'.repeat(path.split('/').length - 1)}${LIBRARIES}
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" --argv0 "$0" "$here/${path.replace(/.*\//, '')}.elf" "$@"
`

function isElf(path: string): boolean {
  const head = Buffer.alloc(4)
  const file = openSync(path, 'r')
  try {
    return readSync(file, head) === 4 && head.toString('latin1') === '\x7fELF'
  } finally {
    closeSync(file)
  }
}

/** A compiler that leaves out what it does not know. */
export async function forgivingCompiler(compiler: string): Promise<string> {
  const folder = await cached(`compilers/${compiler}`, target => {
    const script = `#!/bin/sh
for each; do
  shift
  case $each in ${unknown.join('|')}) ;; *) set -- "$@" "$each" ;; esac
done
exec ${compiler} "$@"
`
    writeFileSync(join(target, compiler), script, { mode: 0o755 })
  })
  return join(folder, compiler)
}
