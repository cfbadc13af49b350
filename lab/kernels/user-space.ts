// What a guest with a kernel of the lab's own has in its initramfs.

import { type CrashModules, flModule } from '../modules.ts'
import { builtKernel, compilerOf, makeOptions } from './build.ts'
import { busyboxOf } from './busybox.ts'

/** LKDTM is built in there. */
export async function ownUserSpace(name: string): Promise<{ modules: CrashModules; busybox: string }> {
  const { recipe, source, build, key } = await builtKernel(name)
  const fl = await flModule({
    what: name,
    folder: `kernels/${name}/modules/${key}`,
    programs: compilerOf(recipe),
    args: () => ['-C', source, ...makeOptions(recipe, source, build)],
  })
  return { modules: { fl }, busybox: await busyboxOf(recipe) }
}
