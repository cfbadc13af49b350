// The kernel source that Debian's 6.1 is built from, unpacked and patched by nothing.

import { join } from 'node:path'
import { cached } from '../cache.ts'
import { fetchPackage } from '../packages.ts'
import { runProgram } from '../run-program.ts'
import { tell } from '../tell.ts'

const line = '6.1'

export interface KernelSource {
  /** Debian's version of the package, as in 6.1.192-2 */
  version: string
  folder: string
}

export async function kernelSource(): Promise<KernelSource> {
  const { version, folder } = await fetchPackage('amd64', `linux-source-${line}`)
  const source = await cached(`kernels/source-${version}`, async target => {
    tell(`unpacking linux-source-${line} ${version}`)
    const tar = join(folder, 'usr/src', `linux-source-${line}.tar.xz`)
    await runProgram('tar', ['-xJf', tar, '-C', target, '--strip-components=1'])
  })
  return { version, folder: source }
}
