// Small programs of the guest's user space, built with the compiler of its kernel's modules.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cached, root } from './cache.ts'
import type { Guest } from './guests/index.ts'
import { recipes } from './kernels/index.ts'
import { needPrograms } from './packages.ts'
import { runProgram } from './run-program.ts'

/** Faults of lab/programs/fault.c. */
export const programNames = ['null', 'wild', 'exec', 'text', 'illegal', 'divide'] as const
export type ProgramName = (typeof programNames)[number]

const source = join(root, 'lab', 'programs', 'fault.c')

/** Target of the guest's cross compiler; none where the machine's own compiler is the guest's. */
function tripleOf({ kernel }: Guest): string | undefined {
  return kernel.from === 'debian' ? kernel.triple : recipes.find(({ name }) => name === kernel.name)?.triple
}

/** Static ELF files that need no C library; what they are called is what the kernel says of them. */
export async function builtPrograms(guest: Guest, names: readonly ProgramName[]): Promise<Map<string, Buffer>> {
  if (names.length === 0) return new Map()
  const triple = tripleOf(guest)
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12)
  const folder = await cached(`programs/${triple ?? 'own'}-${digest}`, async target => {
    const compiler = triple === undefined ? 'gcc-12' : `${triple}-gcc-12`
    await needPrograms({ [compiler]: triple === undefined ? 'gcc-12' : `gcc-12-${triple}` })
    const flags = ['-O1', '-w', '-static', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-Wl,--build-id=none']
    for (const name of programNames) {
      await runProgram(compiler, [...flags, `-DFAULT_${name}`, '-o', join(target, name), source, '-lgcc'])
    }
  })
  return new Map(names.map(name => [name, readFileSync(join(folder, name))]))
}

/** A static program of one C file, for guests of this machine's own architecture. */
export async function hostProgram(file: string): Promise<Buffer> {
  const name = basename(file, '.c')
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
  const folder = await cached(`programs/${name}-${digest}`, async target => {
    await needPrograms({ 'gcc-12': 'gcc-12' })
    await runProgram('gcc-12', ['-static', '-Os', '-s', '-o', join(target, name), file])
  })
  return readFileSync(join(folder, name))
}
