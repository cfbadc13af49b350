// A piece of NVRAM or flash in which a board's own code keeps the log, described in the configuration:
// Window=/dev/mtd3,0x10000,64K,ring:position=8,header=16

import { MemoryFile } from '../../../core/bytes/byte-file.ts'
import { readWindow, readWindowFormat } from '../../../core/formats/log-window.ts'
import type { Remains, RemainsHost, RemainsStore } from '../store.ts'
import { type Region, readRegion, readSize, remainsOf } from './raw.ts'

const shape = 'expected PATH,OFFSET,BYTES and a format: auto, text, length… or ring…, as in /dev/mem,0x1f00000,64K,text'

export const logWindow: RemainsStore = {
  name: 'window',
  what: 'windows into NVRAM or flash that the configuration describes',
  async collect(host) {
    const found: Remains[] = []
    for (const text of host.settings.window) found.push(...(await collectWindow(host, text)))
    return found
  },
}

async function collectWindow(host: RemainsHost, text: string): Promise<Remains[]> {
  const [path = '', offset = '', size = '', ...format] = text.split(',')
  const region = { path, offset: readSize(offset), sizeBytes: readSize(size) }
  const written = format.join(',') || 'auto'
  const how = written === 'auto' ? undefined : readWindowFormat(written)
  if (!path.startsWith('/') || region.offset === undefined || region.sizeBytes === undefined) {
    host.trouble(`Window=${text}: ${shape}`)
    return []
  }
  if (typeof how === 'string') {
    host.trouble(`Window=${text}: ${how}`)
    return []
  }
  if (how === undefined) return remainsOf(host, 'window', region as Region)
  const bytes = readRegion(host, region as Region)
  if (bytes === undefined) return []
  const log = await readWindow(new MemoryFile(path, bytes), how)
  return log === undefined ? [] : [{ store: 'window', from: path, logs: [{ ...log, name: `window-${offset}` }] }]
}
