// Busybox for machines that Debian 12 has none for, built statically with the cross compiler from Debian's source.

import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, workFolder } from '../cache.ts'
import { fetchPackage, needPrograms } from '../packages.ts'
import { tell } from '../tell.ts'
import { unheeded } from './config.ts'
import { debianSource } from './debian-source.ts'
import { make } from './make.ts'
import type { Recipe } from './recipe.ts'

const fragment = new URL('configs/busybox.config', import.meta.url)

/** A static busybox that runs on this recipe's machine. */
export async function busyboxOf(recipe: Recipe): Promise<string> {
  if (recipe.user.from === 'debian') {
    return join((await fetchPackage(recipe.user.arch, 'busybox-static')).folder, 'bin/busybox')
  }
  const { triple } = recipe
  if (triple === undefined) throw new Error(`${recipe.name}: no compiler to build busybox with`)
  const { libc, flags = '' } = recipe.user
  await needPrograms({
    make: 'make',
    bzip2: 'bzip2',
    [`${triple}-gcc-12`]: `gcc-12-${triple}`,
    // Looked for beside the folders of PATH: /usr/bin/../<triple>/lib.
    [`../${triple}/lib/libc.a`]: libc,
  })
  const asked = readFileSync(fragment, 'utf8')
  const digest = createHash('sha256').update(asked).update(flags).digest('hex').slice(0, 12)
  const folder = await cached(`busybox/${triple}-${digest}`, async target => {
    const source = await debianSource('busybox')
    const at = workFolder(`busybox/.build.${triple}`)
    const log = join(at, 'build.log')
    const options = [
      `O=${at}`,
      `CROSS_COMPILE=${triple}-`,
      `CC=${triple}-gcc-12`,
      `CONFIG_EXTRA_CFLAGS=${flags}`,
      'SKIP_STRIP=n',
    ]
    tell(`busybox for ${triple}: building`)
    writeFileSync(join(at, 'asked.config'), asked)
    await make(
      `busybox for ${triple}`,
      source,
      [...options, `KCONFIG_ALLCONFIG=${at}/asked.config`, 'allnoconfig'],
      log,
    )
    const missed = unheeded(asked, readFileSync(join(at, '.config'), 'utf8'))
    if (missed.length > 0) throw new Error(`busybox does not take: ${missed.map(({ option }) => option).join(', ')}`)
    await make(`busybox for ${triple}`, source, [...options, 'busybox'], log)
    copyFileSync(join(at, 'busybox'), join(target, 'busybox'))
    rmSync(at, { recursive: true, force: true })
  })
  return join(folder, 'busybox')
}
