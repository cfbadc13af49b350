// Busybox for machines that Debian 12 has none for, built statically with the cross compiler from Debian's source.

import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, workFolder } from '../cache.ts'
import { fetchPackage, needPrograms } from '../packages.ts'
import { runProgram } from '../run-program.ts'
import { tell } from '../tell.ts'
import { readConfig, unheeded } from './config.ts'
import { debianSource } from './debian-source.ts'
import { make } from './make.ts'
import type { Recipe } from './recipe.ts'

const fragment = new URL('configs/busybox.config', import.meta.url)

/** By target. Without it Alpha's linker breaks the thread-local storage of a static program, which dies before main(). */
const linkerFlags: Partial<Record<string, string>> = { 'alpha-linux-gnu': '-Wl,--no-relax' }

/** A static busybox that runs on this recipe's machine. */
export async function busyboxOf(recipe: Recipe): Promise<string> {
  if (recipe.user.from === 'debian') {
    return join((await fetchPackage(recipe.user.arch, 'busybox-static')).folder, 'bin/busybox')
  }
  const { triple } = recipe
  if (triple === undefined) throw new Error(`${recipe.name}: no compiler to build busybox with`)
  const { libc } = recipe.user
  await needPrograms({
    make: 'make',
    bzip2: 'bzip2',
    [`${triple}-gcc-12`]: `gcc-12-${triple}`,
    // Looked for beside the folders of PATH: /usr/bin/../<triple>/lib.
    [`../${triple}/lib/libc.a`]: libc,
  })
  const asked = readFileSync(fragment, 'utf8')
  const flags = linkerFlags[triple]
  const digest = createHash('sha256')
    .update(asked + (flags ?? ''))
    .digest('hex')
    .slice(0, 12)
  const folder = await cached(`busybox/${triple}-${digest}`, async target => {
    const source = await debianSource('busybox')
    const at = workFolder(`busybox/.build.${triple}`)
    const log = join(at, 'build.log')
    const options = [`O=${at}`, `CROSS_COMPILE=${triple}-`, `CC=${triple}-gcc-12`, 'SKIP_STRIP=n']
    if (flags !== undefined) options.push(`EXTRA_LDFLAGS=${flags}`)
    tell(`busybox for ${triple}: building`)
    await make(`busybox for ${triple}`, source, [...options, 'allnoconfig'], log)
    // Its kconfig is older than the kernel's: values are put into .config, and what that uncovers is left as it comes.
    const file = join(at, '.config')
    const wanted = readConfig(asked)
    const others = readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => ![...readConfig(line).keys()].some(key => wanted.has(key)))
    writeFileSync(file, `${others.join('\n')}\n${asked}`)
    await runProgram('make', ['-C', source, ...options, 'oldconfig'], { input: Buffer.from('\n'.repeat(2000)) })
    const missed = unheeded(asked, readFileSync(join(at, '.config'), 'utf8'))
    if (missed.length > 0) throw new Error(`busybox does not take: ${missed.map(({ option }) => option).join(', ')}`)
    await make(`busybox for ${triple}`, source, [...options, 'busybox'], log)
    copyFileSync(join(at, 'busybox'), join(target, 'busybox'))
    rmSync(at, { recursive: true, force: true })
  })
  return join(folder, 'busybox')
}
