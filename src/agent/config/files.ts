// Which files make up the configuration. The rule is that of systemd's programs (pstore.conf(5), "Configuration
// directories and precedence"): one main file, then drop-ins in the order of their names, whatever their folder.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_CONFIG_BYTES } from './ini.ts'

/** First wins. */
export const configFolders = ['/etc/faultline', '/run/faultline', '/usr/local/lib/faultline', '/usr/lib/faultline']

export const configName = 'faultline.conf'

/** What reading a configuration touches. `root` stands before every path: a test's or an image's own tree. */
export interface ConfigHost {
  /** undefined: there is no such file; throws with `code` for other reasons */
  read(path: string): Uint8Array | undefined
  /** [] where there is no such folder */
  list(folder: string): string[]
}

const absent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

export const nodeConfigHost = (root = ''): ConfigHost => ({
  read(path) {
    try {
      const file = root + path
      const stats = statSync(file)
      // A mask is a link to /dev/null: an empty configuration.
      if (!stats.isFile()) {
        if (stats.isCharacterDevice()) return new Uint8Array()
        throw Object.assign(new Error(`${path} is no file`), { code: 'EISDIR' })
      }
      if (stats.size > MAX_CONFIG_BYTES) throw Object.assign(new Error(`${path} is too big`), { code: 'EFBIG' })
      return readFileSync(file)
    } catch (error) {
      if (absent(error)) return undefined
      throw error
    }
  },
  list(folder) {
    try {
      return readdirSync(root + folder)
    } catch (error) {
      if (absent(error)) return []
      throw error
    }
  },
})

/** What cannot be read is told to `failed`, and the rest is read. */
type Failed = (path: string, error: unknown) => void

/** The files in the order in which they are read: a later one has the last word. */
export function configFiles(host: ConfigHost, failed: Failed): string[] {
  const main = configFolders.map(folder => join(folder, configName)).find(path => isThere(host, path))
  const dropIns = new Map<string, string>()
  for (const folder of configFolders.map(each => join(each, `${configName}.d`))) {
    for (const name of listed(host, folder, failed)) {
      // Of one name only the file in the first folder counts, so that /etc can put an empty one before a vendor's.
      if (name.endsWith('.conf') && !name.startsWith('.') && !dropIns.has(name)) dropIns.set(name, join(folder, name))
    }
  }
  const sorted = [...dropIns].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, path]) => path)
  return main === undefined ? sorted : [main, ...sorted]
}

/** One that cannot be read is there: whoever reads it says so. */
function isThere(host: ConfigHost, path: string): boolean {
  try {
    return host.read(path) !== undefined
  } catch {
    return true
  }
}

function listed(host: ConfigHost, folder: string, failed: Failed): string[] {
  try {
    return host.list(folder)
  } catch (error) {
    failed(folder, error)
    return []
  }
}
