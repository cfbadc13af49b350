// What systemd-pstore.service put into the journal: pstore.conf(5), Storage=journal. Each record is an entry "PStore NAME."
// with the record's content in FILE=. systemd's src/pstore/pstore.c, move_file(). Not erased: it is the journal's.

import type { System } from '../../system.ts'
import type { Remains, RemainsStore, Remnant } from '../store.ts'
import { readPstoreName } from './pstore.ts'

const folders = ['/usr/lib/systemd', '/usr/local/lib/systemd', '/run/systemd', '/etc/systemd']

export const pstoreJournal: RemainsStore = {
  name: 'pstore-journal',
  what: 'the journal, where systemd-pstore puts it there',
  async collect({ system }) {
    if (!goesToJournal(system)) return []
    const args = ['-b', '-u', 'systemd-pstore.service', '-o', 'json', '--all', '--no-pager', '-q']
    const logs = (system.run('journalctl', args, 60_000)?.out ?? '').split('\n').flatMap(remnantOf)
    const byBackend = Map.groupBy(logs, ({ backend }) => backend)
    return [...byBackend].map(
      ([backend, found]): Remains => ({ store: 'pstore-journal', from: backend, logs: found.map(({ log }) => log) }),
    )
  },
}

/** The last word counts: of the main files, then of drop-ins by their name. */
function goesToJournal(system: System): boolean {
  const main = folders.map(folder => `${folder}/pstore.conf`)
  const dropIns = folders
    .flatMap(folder =>
      system.names(`${folder}/pstore.conf.d`).map(name => ({ name, path: `${folder}/pstore.conf.d/${name}` })),
    )
    .filter(({ name }) => name.endsWith('.conf'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const words = [...main, ...dropIns.map(({ path }) => path)].flatMap(path =>
    [...(system.text(path) ?? '').matchAll(/^Storage=[ \t]*(?<where>\w*)/gm)].map(({ groups }) => groups?.['where']),
  )
  return words.at(-1) === 'journal'
}

function remnantOf(line: string): { backend: string; log: Remnant }[] {
  try {
    const { MESSAGE: message, FILE: file } = JSON.parse(line) as Record<string, unknown>
    const name = /^PStore (?<name>\S+)\.$/.exec(String(message))?.groups?.['name'] ?? ''
    const parsed = readPstoreName(name)
    // Bytes where it is no UTF-8.
    const text = Array.isArray(file) ? Uint8Array.from(file as number[]) : new TextEncoder().encode(String(file ?? ''))
    if (parsed === undefined || parsed.packed || text.length === 0) return []
    const by = parsed.type === 'dmesg' || parsed.type === 'console' ? 'kernel' : 'user'
    return [{ backend: parsed.backend, log: { name, by, offset: 0, text, damage: [] } }]
  } catch {
    return []
  }
}
