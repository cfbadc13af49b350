// What a guest with a kernel of the lab's own has in its initramfs.

import { join } from 'node:path'
import { type CrashModules, flModule, ownModule, type Workshop } from '../modules.ts'
import { builtKernel, compilerOf, makeOptions } from './build.ts'
import { busyboxOf } from './busybox.ts'

/** LKDTM is built in there. */
export async function ownUserSpace(name: string): Promise<{ modules: CrashModules; busybox: string }> {
  const { recipe, source, build, key } = await builtKernel(name)
  const workshop: Workshop = {
    what: name,
    folder: `kernels/${name}/modules/${key}`,
    programs: compilerOf(recipe),
    args: () => ['-C', source, ...makeOptions(recipe, source, build)],
  }
  const fl = await flModule(workshop)
  const checks = await ownModule(workshop, 'fl_checks', join(import.meta.dirname, 'checks'))
  return { modules: { fl, checks }, busybox: await busyboxOf(recipe) }
}
