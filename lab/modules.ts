// The modules that break a guest: the lab's own `fl`, and LKDTM from the source of the guest's own kernel line, which
// Debian leaves out of its kernels.

import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cached, root } from './cache.ts'
import type { DebianKernel } from './guests/index.ts'
import { buildFolder, type Kernel } from './kernel.ts'
import { forgivingCompiler } from './later-programs.ts'
import { fetchPackage, needPrograms, suiteOf } from './packages.ts'
import { runProgram } from './run-program.ts'
import { tell } from './tell.ts'

/** A function that ends by jumping to the next leaves no frame, and traces are to be known. */
const FLAGS = '-fno-optimize-sibling-calls'

const moduleSource = join(root, 'lab', 'module')

export interface CrashModules {
  /** fl.ko, with DWARF */
  fl: string
  /** lkdtm.ko, where the kernel does not have it built in */
  lkdtm?: string
  /** fl_checks.ko: what only kernels of the lab's own check */
  checks?: string
}

/** Where the modules of one kernel are made. */
export interface Workshop {
  what: string
  /** of the cache */
  folder: string
  /** what it needs beside make, by the package that brings each */
  programs: Record<string, string>
  /** what make is told: the kernel's build folder, architecture and compiler */
  args(): Promise<string[]> | string[]
}

interface ModuleSource {
  name: string
  /** tells apart what is built from different sources */
  key: string
  /** where its files stand, as they are known to people; printed by BUG() and WARN() */
  path: string
  copy(target: string): Promise<void> | void
}

/** Of Debian's kernels, built with their headers. */
export async function crashModules(kernel: DebianKernel, built: Kernel): Promise<CrashModules> {
  const workshop = debianWorkshop(kernel, built)
  const [fl, lkdtm] = await Promise.all([
    flModule(workshop),
    builtModule(workshop, lkdtmOf(kernel.arch, built.release)),
  ])
  return { fl, lkdtm }
}

/** Faultline's own kernel module, kmod/, for one of Debian's kernels. */
export const windowModule = (kernel: DebianKernel, built: Kernel): Promise<string> =>
  ownModule(debianWorkshop(kernel, built), 'faultline', join(root, 'kmod'))

/** Memory with errors and a slow shutdown, lab/board/: for x86_64, which has the kernel's EDAC built in. */
export const boardModule = (kernel: DebianKernel, built: Kernel): Promise<string> =>
  ownModule(debianWorkshop(kernel, built), 'fl_board', join(root, 'lab', 'board'))

function debianWorkshop(kernel: DebianKernel, { release, version }: Kernel): Workshop {
  const prefix = kernel.triple === undefined ? '' : `${kernel.triple}-`
  const compiler = `${prefix}gcc-12`
  return {
    what: kernel.meta,
    folder: `modules/${release}_${version}`,
    programs: { pahole: 'pahole', [compiler]: kernel.triple === undefined ? 'gcc-12' : `gcc-12-${kernel.triple}` },
    args: async () => [
      '-C',
      await buildFolder(kernel, release, version),
      `ARCH=${kernel.makeArch}`,
      ...(prefix === '' ? [] : [`CROSS_COMPILE=${prefix}`]),
      ...(suiteOf(kernel.arch) === undefined
        ? [`CC=${compiler}`]
        : // BTF is left out: this machine's pahole does not know what is asked of it.
          [`CC=${await forgivingCompiler(compiler)}`, 'CONFIG_DEBUG_INFO_BTF_MODULES=']),
    ],
  }
}

/** The lab's own module, in any workshop. */
export const flModule = (workshop: Workshop): Promise<string> => ownModule(workshop, 'fl', moduleSource)

/** A module `name` from a folder with its C files and Kbuild. */
export function ownModule(workshop: Workshop, name: string, source: string): Promise<string> {
  const hash = createHash('sha256').update(FLAGS)
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)))
  const key = hash.digest('hex')
  return builtModule(workshop, {
    name,
    key: `-${key.slice(0, 12)}`,
    path: `${relative(root, source)}/`,
    copy: target => cpSync(source, target, { recursive: true }),
  })
}

const lkdtmOf = (arch: DebianKernel['arch'], release: string): ModuleSource => ({
  name: 'lkdtm',
  key: `-${createHash('sha256').update(FLAGS).digest('hex').slice(0, 12)}`,
  path: 'drivers/misc/lkdtm/',
  copy: target => lkdtmSource(arch, release, target),
})

/** LKDTM of this kernel line, fit to be built outside of the kernel. */
async function lkdtmSource(arch: DebianKernel['arch'], release: string, target: string): Promise<void> {
  const line = /^\d+\.\d+/.exec(release)?.[0] ?? release
  const folder = await cached(`lkdtm/${line}`, async into => {
    const suite = suiteOf(arch)
    const source = await fetchPackage(suite === undefined ? 'amd64' : `amd64/${suite}`, `linux-source-${line}`)
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

async function builtModule(workshop: Workshop, source: ModuleSource): Promise<string> {
  const folder = await cached(`${workshop.folder}/${source.name}${source.key}`, async target => {
    await needPrograms({ make: 'make', ...workshop.programs })
    // One build at a time, with all processors.
    const build = building.then(() => make(target, workshop, source))
    building = build.catch(() => {})
    await build
  })
  return join(folder, `${source.name}.ko`)
}

async function make(target: string, workshop: Workshop, { name, path, copy }: ModuleSource): Promise<void> {
  const work = `${target}.build`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  try {
    await copy(work)
    tell(`building ${name}.ko for ${workshop.what}`)
    const args = [`M=${work}`, `KCFLAGS=${FLAGS} -ffile-prefix-map=${work}/=${path}`, 'CONFIG_LKDTM=m', 'modules']
    await runProgram('make', [...(await workshop.args()), '-j2', ...args])
    renameSync(join(work, `${name}.ko`), join(target, `${name}.ko`))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
