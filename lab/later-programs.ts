// What builds modules for a kernel of a later Debian, on this one: the programs of its linux-kbuild run with the C library
// they were linked with, and the compiler is this machine's, which does not know all of the options.

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

/** Of these programs' needs. */
const libraries = ['libc6', 'libelf1t64', 'zlib1g', 'libzstd1', 'libssl3t64']

/** Options of later compilers: what they ask for is nothing that a module of the lab depends on. */
const unknown = ['-fmin-function-alignment=*', '-fstrict-flex-arrays=*', '-fcounted-by-*', '-Wno-*', '-std=gnu2*']

type Suite = 'sid' | 'trixie'

/** linux-kbuild's folder with programs that run here. */
export async function laterKbuild(suite: Suite, name: string): Promise<string> {
  const from = `amd64/${suite}` as const
  const { folder, version } = await fetchPackage(from, name)
  const brought = await Promise.all(libraries.map(library => fetchPackage(from, library)))
  const paths = brought.map(({ folder }) => join(folder, 'usr/lib/x86_64-linux-gnu'))
  // The libraries are in it, so that it still runs when the cache has been moved.
  const made = await cached(`kbuild/${suite}-${name}_${version}-own`, async target => {
    await runProgram('cp', ['-a', `${join(folder, 'usr/lib', name)}/.`, target])
    const own = join(target, LIBRARIES)
    mkdirSync(own)
    for (const path of paths) await runProgram('cp', ['-a', `${path}/.`, own])
    for (const path of globSync('**', { cwd: target })) {
      const file = join(target, path)
      if (path.startsWith(LIBRARIES) || !lstatSync(file).isFile() || !isElf(file)) continue
      renameSync(file, `${file}.elf`)
      writeFileSync(file, starter(path))
      chmodSync(file, 0o755)
    }
  })
  return made
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
