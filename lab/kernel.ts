// The kernel of a guest: the file QEMU boots, its modules, and what is needed to build more modules for it.

import { createHash } from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { cached } from './cache.ts'
import type { DebianKernel, Guest } from './guests/index.ts'
import { builtKernel } from './kernels/build.ts'
import { laterKbuild } from './later-programs.ts'
import { dependency, fetchPackage, needPrograms, type Package, suiteOf } from './packages.ts'
import { runProgram } from './run-program.ts'

export interface Kernel {
  /** as in 6.1.0-56-amd64 */
  release: string
  /** Debian's version of the package, or what the lab built it from */
  version: string
  /** what QEMU's -kernel gets */
  image: string
  /** folder with `lib/modules/<release>` in it, modules.dep made */
  tree: string
  systemMap?: string
  /** with DWARF, where the lab built it */
  vmlinux?: string
}

export async function kernelOf(guest: Guest): Promise<Kernel> {
  return guest.kernel.from === 'debian' ? debianKernel(guest.kernel) : builtKernel(guest.kernel.name)
}

async function debianKernel(kernel: DebianKernel): Promise<Kernel> {
  const name = await dependency(kernel.arch, kernel.meta, kernel.prefix)
  const release = name.replace(/^linux-image-/, '')
  const { version, folder } = await kernelPackage(kernel, name, release)
  await needPrograms({ depmod: 'kmod' })
  if (!existsSync(join(folder, 'lib/modules', release, 'modules.dep'))) {
    await runProgram('depmod', ['-b', folder, release])
  }
  const packaged = globSync(join(folder, `{boot/vmlinu[xz]-*,lib/modules/${release}/vmlinu[xz]}`))[0]
  if (packaged === undefined) throw new Error(`${name}: no kernel image in boot/`)
  const image = kernel.boots === 'packaged' ? packaged : await unpackedImage(packaged, `${name}_${version}`)
  return { release, version, image, tree: folder }
}

/** The image and the modules: one package, or since Debian's 7.x two that it depends on. */
async function kernelPackage({ arch }: DebianKernel, name: string, release: string): Promise<Package> {
  const whole = await fetchPackage(arch, name)
  if (existsSync(join(whole.folder, 'lib/modules'))) return whole
  const parts = existsSync(join(whole.folder, 'usr/lib/modules'))
    ? [whole]
    : await Promise.all(['binary', 'modules'].map(part => fetchPackage(arch, `linux-${part}-${release}`)))
  const folder = await cached(`trees/${arch}/${name}_${whole.version}`, async target => {
    for (const part of parts) await runProgram('cp', ['-al', `${part.folder}/.`, target])
    // Packages count on it that /lib is a link to /usr/lib.
    if (!existsSync(join(target, 'lib'))) await runProgram('ln', ['-s', 'usr/lib', join(target, 'lib')])
  })
  return { ...whole, folder }
}

/** The vmlinux inside a bzImage. Documentation/x86/boot.rst: payload_offset and payload_length of the header. */
async function unpackedImage(bzImage: string, name: string): Promise<string> {
  const folder = await cached(`vmlinux/${name}`, async target => {
    const bytes = readFileSync(bzImage)
    if (bytes.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Error(`${bzImage}: no x86 boot header`)
    const start = (bytes[0x1f1]! + 1) * 512 + bytes.readUInt32LE(0x248)
    const length = bytes.readUInt32LE(0x24c)
    // The last four bytes are the size of what is packed, added by the kernel's Makefile.
    const payload = bytes.subarray(start, start + length - 4)
    const zstd = payload.readUInt32LE(0) === 0xfd2fb528
    await needPrograms({ xz: 'xz-utils' })
    const vmlinux = zstd
      ? zstdDecompressSync(payload)
      : await runProgram('xz', ['-dc', '--single-stream'], { input: payload })
    writeFileSync(join(target, 'vmlinux'), vmlinux)
  })
  return join(folder, 'vmlinux')
}

/** Modules by name with all that they need, in loading order; what the kernel has built in or lacks is left out. */
export function modulesWithNeeds(kernel: Kernel, names: readonly string[]): string[] {
  const lines = readFileSync(join(kernel.tree, 'lib/modules', kernel.release, 'modules.dep'), 'utf8').split('\n')
  const needs = new Map<string, { path: string; needed: string[] }>()
  for (const line of lines) {
    const [path, rest = ''] = line.split(':')
    if (path) needs.set(moduleName(path), { path, needed: rest.trim().split(' ').filter(Boolean) })
  }
  const found = new Set<string>()
  for (const name of names) {
    const module = needs.get(moduleName(name))
    if (module === undefined) continue
    for (const path of [...module.needed].reverse()) found.add(path)
    found.add(module.path)
  }
  return [...found]
}

export const moduleName = (path: string): string =>
  basename(path)
    .replace(/\.ko(\..*)?$/, '')
    .replaceAll('-', '_')

/** A module's bytes, unpacked. */
export async function readModule(path: string): Promise<Buffer> {
  const bytes = readFileSync(path)
  if (path.endsWith('.xz')) return runProgram('xz', ['-dc'], { input: bytes })
  return path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes
}

/** Where this kernel's modules can be built: a folder for `make -C`. Debian's headers, made to work beside the system. */
export async function buildFolder(kernel: DebianKernel, release: string, version: string): Promise<string> {
  // linux-headers-6.1.0-56-amd64 takes most from …-common, and its programs from linux-kbuild of the machine's own kind.
  const [, line = release] = /^(\d[\d.]*(?:-\d+)?(?:\+\w+)?)-(?:.+)$/.exec(release) ?? []
  const common = `linux-headers-${line}-common`
  const kbuildName = `linux-kbuild-${line.replace(/^(\d+\.\d+)\.0-\d+$/, '$1')}`
  const suite = suiteOf(kernel.arch)
  const [own, shared, kbuild] = await Promise.all([
    fetchPackage(kernel.arch, `linux-headers-${release}`),
    fetchPackage(kernel.arch, common),
    suite === undefined
      ? fetchPackage('amd64', kbuildName).then(({ folder }) => join(folder, 'usr/lib', kbuildName))
      : laterKbuild(suite, kbuildName),
  ])
  const sharedTree = join(shared.folder, 'usr/src', common)
  const key = createHash('sha256').update(`${kbuild}${sharedTree}`).digest('hex').slice(0, 8)
  const folder = await cached(`headers/${release}_${version}_${key}`, async (target, final) => {
    const source = join(own.folder, 'usr/src', `linux-headers-${release}`)
    const tree = join(target, 'tree')
    await runProgram('cp', ['-a', source, tree])
    const sharedCopy = join(target, 'common')
    await runProgram('cp', ['-a', sharedTree, sharedCopy])
    for (const at of [tree, sharedCopy]) {
      for (const name of ['scripts', 'tools']) {
        if (!existsSync(join(kbuild, name))) continue
        await runProgram('rm', ['-rf', join(at, name)])
        await runProgram('ln', ['-s', join(kbuild, name), join(at, name)])
      }
    }
    const makefile = join(tree, 'Makefile')
    const text = readFileSync(makefile, 'utf8')
      .replaceAll(`/usr/src/${common}`, join(final, 'common'))
      .replaceAll(`/usr/src/linux-headers-${release}`, join(final, 'tree'))
    writeFileSync(makefile, text)
  })
  return join(folder, 'tree')
}

/** The names in a folder, none when it is not there. */
export const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
