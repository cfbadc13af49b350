// What systemd-pstore.service moved away before: pstore.conf(5), Storage=external. /var/lib/systemd/pstore/<epoch>/<NNN>/
// has the parts of one dump and dmesg.txt, which it put together of them; older versions have only <id>/. Not erased: it
// is systemd's, and systemd-tmpfiles looks after it.

import { MAX_LOG_BYTES } from '../../../core/formats/recovered-log.ts'
import type { Remains, RemainsHost, RemainsStore } from '../store.ts'
import { collectFiles } from './pstore.ts'

const folder = '/var/lib/systemd/pstore'

/** Folders looked into; the newest count. */
const MAX_FOLDERS = 256

export const systemdPstore: RemainsStore = {
  name: 'systemd-pstore',
  what: `${folder}: what systemd-pstore archived`,
  async collect(host) {
    const found: Remains[] = []
    for (const path of foldersBelow(host, folder, 3).slice(-MAX_FOLDERS)) {
      const remains = await collectFiles(host, path, false)
      if (remains.length === 0) remains.push(...joinedText(host, path))
      found.push(...remains.map(each => ({ ...each, store: 'systemd-pstore', from: path })))
    }
    return found
  },
}

function foldersBelow({ system }: RemainsHost, path: string, depth: number): string[] {
  if (depth === 0) return []
  const inside = system.names(path).map(name => `${path}/${name}`)
  const folders = inside.filter(each => system.facts(each)?.kind === 'folder')
  return folders.flatMap(each => [each, ...foldersBelow({ system } as RemainsHost, each, depth - 1)])
}

function joinedText({ system }: RemainsHost, path: string): Remains[] {
  const file = `${path}/dmesg.txt`
  const facts = system.facts(file)
  const text = facts?.kind === 'file' ? system.bytes(file, MAX_LOG_BYTES) : undefined
  if (facts === undefined || text === undefined) return []
  const wallUs = Math.round(facts.modifiedMs * 1000)
  return [
    { store: 'pstore', from: path, logs: [{ name: 'dmesg.txt', by: 'kernel', offset: 0, wallUs, text, damage: [] }] },
  ]
}
