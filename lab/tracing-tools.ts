// Other people's tracing programs inside a guest: what Faultline is compared with on the same run.

import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cached } from './cache.ts'
import { fetchPackage, needPrograms, Unavailable } from './packages.ts'
import { type Disk, findDisk, openDisk } from './roads/disk.ts'
import { runProgram } from './run-program.ts'

/** trace-cmd and what it is linked with, beside what the guest's Node has. */
const traceCmdPackages = ['trace-cmd', 'libtracefs1', 'libtraceevent1', 'libzstd1']

/** trace-cmd as files of /lab, for a guest with Node, whose C library it runs with: `sh /lab/tools/run trace-cmd …`. */
export async function traceCmdFiles(): Promise<Record<string, Buffer>> {
  const brought = await Promise.all(traceCmdPackages.map(name => fetchPackage('amd64', name)))
  const paths = brought.flatMap(({ folder }) =>
    globSync(['usr/bin/trace-cmd', '{usr/,}lib/x86_64-linux-gnu/*.so.?'], { cwd: folder }).map(path =>
      join(folder, path),
    ),
  )
  const files = Object.fromEntries(paths.map(path => [`tools/${basename(path)}`, readFileSync(path)]))
  const run = 'exec /node/lib/ld-linux-x86-64.so.2 --library-path /lab/tools:/node/lib /lab/tools/"$@"\n'
  return { ...files, 'tools/run': Buffer.from(run) }
}

const SUITE = 'bookworm'
const packages = ['bpftrace', 'linux-perf', 'coreutils', 'dash']
const DISK_MB = 900
const NAME = 'tools'

/** A disk with bpftrace and perf, all that they need beside them: a root to chroot into. Needs root. */
export async function tracingDisk(): Promise<Disk> {
  const folder = await cached(`tracing/${SUITE}-1`, async target => {
    if (process.getuid?.() !== 0) throw new Unavailable('a tree of Debian is made by mmdebstrap as root')
    await needPrograms({ mmdebstrap: 'mmdebstrap', mke2fs: 'e2fsprogs' })
    const tree = join(target, 'tree')
    const options = ['--quiet', '--variant=extract', `--include=${packages.join(',')}`]
    await runProgram('mmdebstrap', [...options, SUITE, tree]).catch((error: unknown) => {
      throw new Unavailable(`mmdebstrap failed: ${error instanceof Error ? error.message.slice(0, 400) : error}`)
    })
    for (const path of ['proc', 'sys', 'dev', 'tmp']) mkdirSync(join(tree, path), { recursive: true })
    const features = ['-O', '^has_journal', '-m', '0', '-L', NAME]
    await runProgram('mke2fs', ['-q', '-t', 'ext4', ...features, '-d', tree, join(target, 'disk'), `${DISK_MB}M`])
    await runProgram('rm', ['-rf', tree])
  })
  return openDisk(join(folder, 'disk'), NAME, { readOnly: true })
}

/** Shell: `tool bpftrace …` runs a program of the disk. */
export const useTracingDisk = `${findDisk(NAME)}
for each in crc32c_generic ext4; do modprobe $each 2>/dev/null; done
mkdir -p /tools && mount -t ext4 -o ro $disk /tools
for each in proc sys dev tmp; do mount -o rbind /$each /tools/$each; done
printf '#!/bin/sh\\nexec chroot /tools /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"\\n' >/bin/tool
chmod 755 /bin/tool
`
