// Debian's kernel for amd64 with its debug files, as tests and benches share them: vmlinux and 200 modules, a gigabyte to fetch
// and two more unpacked.

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { dependency, fetchFiles, fetchPackage } from '../lab/packages.ts'

export const MODULES = 200

export interface DebugFiles {
  release: string
  version: string
  /** with debug information */
  vmlinux: string
  modules: string[]
  /** the folder of the debug modules' tree, `kernel` below it */
  moduleRoot: string
  /** the stripped image, bzImage */
  image: string
  /** of the debug package */
  systemMap: string
}

/** Fetches them where they are not there yet. Throws Unavailable where apt has none. */
export async function debianKernel(): Promise<DebugFiles> {
  const name = await dependency('amd64', 'linux-image-amd64', 'linux-image-6.1')
  const release = name.replace(/^linux-image-/, '')
  const image = await fetchPackage('amd64', name)
  const all = globSync('kernel/**/*.ko', { cwd: join(image.folder, 'lib/modules', release) }).sort()
  const known = all.filter(path => /\/(?:ext4|nvme|nvme-core|xfs|e1000e)\.ko$/.test(path))
  const spread = all.filter((_, index) => index % Math.floor(all.length / (MODULES - known.length)) === 0)
  const chosen = [...new Set([...known, ...spread])].slice(0, MODULES)
  const debug = './usr/lib/debug'
  const vmlinux = `${debug}/boot/vmlinux-${release}`
  const systemMap = `${debug}/boot/System.map-${release}`
  const moduleRoot = `${debug}/lib/modules/${release}`
  const modules = chosen.map(path => `${moduleRoot}/${path}`)
  const { folder, version } = await fetchFiles('amd64', `${name}-dbg`, 'debug', [vmlinux, systemMap, ...modules])
  return {
    release,
    version,
    vmlinux: join(folder, vmlinux),
    modules: modules.map(path => join(folder, path)),
    moduleRoot: join(folder, moduleRoot),
    image: join(image.folder, 'boot', `vmlinuz-${release}`),
    systemMap: join(folder, systemMap),
  }
}
