// /var/crash, where kdump leaves the dump or the log of it, as the distributions lay it out. Never erased: the dumps are
// the administrator's.
//
//   RHEL, Fedora, SUSE   <address>-<date>/vmcore, vmcore-dmesg.txt; SUSE <date>/dmesg.txt
//   Debian, Ubuntu       <stamp>/dmesg.<stamp>, dump.<stamp>

import { FormatError } from '../../../core/bytes/cursor.ts'
import { MAX_LOG_BYTES } from '../../../core/formats/recovered-log.ts'
import { recoverLogs } from '../../../core/recover.ts'
import { FileBytes } from '../../../node/file-bytes.ts'
import { InputError } from '../../../node/files.ts'
import type { Remains, RemainsHost, RemainsStore, Remnant } from '../store.ts'

const folder = '/var/crash'

/** Folders looked into; the newest count. */
const MAX_FOLDERS = 64

const textFile = /^(?:vmcore-dmesg(?:-incomplete)?\.txt|dmesg\.txt|dmesg\.\d{12,14})$/
const dumpFile = /^(?:vmcore|vmcore-incomplete|vmcore\.flat|dump\.\d{12,14}|dump-incomplete)$/

export const crashDumps: RemainsStore = {
  name: 'crash-dumps',
  what: `${folder}: the kernel's log of each dump that kdump made, or of the dump itself`,
  async collect(host) {
    const { system } = host
    const found: Remains[] = []
    const folders = system.names(folder).map(name => `${folder}/${name}`)
    const inside = folders.filter(path => system.facts(path)?.kind === 'folder')
    // What stands in /var/crash itself is a dump too, as a plain makedumpfile leaves it.
    for (const path of [folder, ...inside.slice(-MAX_FOLDERS)]) {
      const log = textIn(host, path) ?? (await dumpIn(host, path))
      if (log !== undefined) found.push({ store: 'crash-dumps', from: path, logs: [log] })
    }
    return found
  },
}

function textIn({ system }: RemainsHost, path: string): Remnant | undefined {
  const name = system.names(path).find(each => textFile.test(each))
  if (name === undefined) return undefined
  const text = system.bytes(`${path}/${name}`, MAX_LOG_BYTES)
  const facts = system.facts(`${path}/${name}`)
  if (text === undefined || text.length === 0 || facts === undefined) return undefined
  return { name, by: 'kernel', offset: 0, wallUs: Math.round(facts.modifiedMs * 1000), text, damage: [] }
}

async function dumpIn(host: RemainsHost, path: string): Promise<Remnant | undefined> {
  const name = host.system.names(path).find(each => dumpFile.test(each))
  return name === undefined ? undefined : readDump(host, `${path}/${name}`)
}

/** The log in a memory dump. Undefined when it is none, with the trouble told. */
export async function readDump(host: RemainsHost, path: string): Promise<Remnant | undefined> {
  try {
    const file = new FileBytes(host.system.path(path))
    try {
      const [log] = await recoverLogs(file, host.recover)
      const facts = host.system.facts(path)
      if (log === undefined || facts === undefined) return undefined
      return { wallUs: Math.round(facts.modifiedMs * 1000), ...log, name: 'vmcore-dmesg.txt' }
    } finally {
      file.close()
    }
  } catch (error) {
    if (!(error instanceof FormatError) && !(error instanceof InputError)) throw error
    host.trouble(`${path}: ${error.message}`)
    return undefined
  }
}
