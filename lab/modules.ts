// The modules that break a guest: the lab's own `fl`, and LKDTM from the source of the guest's own kernel line, which
// Debian leaves out of its kernels.

import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, root } from './cache.ts'
import type { DebianKernel } from './guests/index.ts'
import { buildFolder, type Kernel } from './kernel.ts'
import { fetchPackage, needPrograms } from './packages.ts'
import { runProgram } from './run-program.ts'
import { tell } from './tell.ts'

export const moduleSource = join(root, 'lab', 'module')

export interface CrashModules {
  /** fl.ko and lkdtm.ko, with DWARF */
  fl: string
  lkdtm: string
}

export async function crashModules(kernel: DebianKernel, built: Kernel): Promise<CrashModules> {
  const [fl, lkdtm] = await Promise.all([
    builtModule(kernel, built, 'fl', target => cpSync(moduleSource, target, { recursive: true })),
    builtModule(kernel, built, 'lkdtm', target => lkdtmSource(built.release, target)),
  ])
  return { fl, lkdtm }
}

/** LKDTM of this kernel line, fit to be built outside of the kernel. */
async function lkdtmSource(release: string, target: string): Promise<void> {
  const line = /^\d+\.\d+/.exec(release)?.[0] ?? release
  const folder = await cached(`lkdtm/${line}`, async into => {
    const source = await fetchPackage('amd64', `linux-source-${line}`)
    tell(`unpacking LKDTM of linux-source-${line}`)
    const tar = join(source.folder, 'usr/src', `linux-source-${line}.tar.xz`)
    await runProgram('tar', [
      '-xJf',
      tar,
      '-C',
      into,
      '--strip-components=4',
      `linux-source-${line}/drivers/misc/lkdtm`,
    ])
  })
  cpSync(folder, target, { recursive: true })
  const file = join(target, 'bugs.c')
  // native_write_cr4 is not exported to modules, so this one crash has to do without its body.
  const text = readFileSync(file, 'utf8').replace(/(static void lkdtm_UNSET_SMEP\(void\)\s*\{\s*)#if [^\n]*/, '$1#if 0')
  writeFileSync(file, text)
}

let building: Promise<unknown> = Promise.resolve()

async function builtModule(
  kernel: DebianKernel,
  { release, version }: Kernel,
  name: string,
  source: (target: string) => Promise<void> | void,
): Promise<string> {
  const tree = await buildFolder(kernel, release, version)
  const key =
    name === 'fl'
      ? createHash('sha256')
          .update(readFileSync(join(moduleSource, 'fl.c')))
          .digest('hex')
      : ''
  const folder = await cached(`modules/${release}_${version}/${name}${key && `-${key.slice(0, 12)}`}`, async target => {
    const prefix = kernel.triple === undefined ? '' : `${kernel.triple}-`
    await needPrograms({
      make: 'make',
      pahole: 'pahole',
      [`${prefix}gcc-12`]: kernel.triple === undefined ? 'gcc-12' : `gcc-12-${kernel.triple}`,
    })
    // One build at a time, with all processors.
    const build = building.then(() => make(target, tree, kernel, name, prefix, source))
    building = build.catch(() => {})
    await build
  })
  return join(folder, `${name}.ko`)
}

async function make(
  target: string,
  tree: string,
  kernel: DebianKernel,
  name: string,
  prefix: string,
  source: (target: string) => Promise<void> | void,
): Promise<void> {
  const work = `${target}.build`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  try {
    await source(work)
    tell(`building ${name}.ko for ${kernel.meta}`)
    const args = [
      `ARCH=${kernel.makeArch}`,
      ...(prefix === '' ? [] : [`CROSS_COMPILE=${prefix}`]),
      `CC=${prefix}gcc-12`,
      `M=${work}`,
      // Source paths as they are known to people, not to this machine; they are printed by BUG() and WARN().
      `KCFLAGS=-ffile-prefix-map=${work}/=${name === 'fl' ? 'lab/module/' : 'drivers/misc/lkdtm/'}`,
      'CONFIG_LKDTM=m',
      'modules',
    ]
    await runProgram('make', ['-C', tree, '-j2', ...args])
    renameSync(join(work, `${name}.ko`), join(target, `${name}.ko`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
