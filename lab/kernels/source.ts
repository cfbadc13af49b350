// The kernel source that Debian's 6.1 is built from, unpacked and patched by nothing.

import { join } from 'node:path'
import { cached, cacheFolder } from '../cache.ts'
import { fetchPackage } from '../packages.ts'
import { runProgram } from '../run-program.ts'
import { tell } from '../tell.ts'

const line = '6.1'

export interface KernelSource {
  /** Debian's version of the package, as in 6.1.192-2 */
  version: string
  folder: string
}

/** Where the source of this version is, or will be. */
export const sourceFolder = (version: string): string => join(cacheFolder, pathOf(version))

const pathOf = (version: string): string => `kernels/source-${version}`

export async function kernelSource(): Promise<KernelSource> {
  const { version, folder } = await fetchPackage('amd64', `linux-source-${line}`)
  const source = await cached(pathOf(version), async target => {
    tell(`unpacking linux-source-${line} ${version}`)
    const tar = join(folder, 'usr/src', `linux-source-${line}.tar.xz`)
    await runProgram('tar', ['-xJf', tar, '-C', target, '--strip-components=1'])
  })
  return { version, folder: source }
}
