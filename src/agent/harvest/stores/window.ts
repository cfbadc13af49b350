// A piece of NVRAM or flash in which a board's own code keeps the log, described in the configuration:
// Window=/dev/mtd3,0x10000,64K,ring:position=8,header=16

import { MemoryFile } from '../../../core/bytes/byte-file.ts'
import { readWindow, readWindowFormat, type WindowFormat } from '../../../core/formats/log-window.ts'
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

export interface WindowSetting {
  region: Region
  /** undefined: any that is known */
  how: WindowFormat | undefined
}

/** A line of Window=; a string says what is wrong with it. */
export function readWindowSetting(text: string): WindowSetting | string {
  const [path = '', offsetText = '', sizeText = '', ...format] = text.split(',')
  const [offset, sizeBytes] = [readSize(offsetText), readSize(sizeText)]
  if (!path.startsWith('/') || offset === undefined || sizeBytes === undefined) return shape
  const written = format.join(',') || 'auto'
  const how = written === 'auto' ? undefined : readWindowFormat(written)
  return typeof how === 'string' ? how : { region: { path, offset, sizeBytes }, how }
}

async function collectWindow(host: RemainsHost, text: string): Promise<Remains[]> {
  const setting = readWindowSetting(text)
  if (typeof setting === 'string') {
    host.trouble(`Window=${text}: ${setting}`)
    return []
  }
  const { region, how } = setting
  if (how === undefined) return remainsOf(host, 'window', region)
  const bytes = readRegion(host, region)
  if (bytes === undefined) return []
  const log = await readWindow(new MemoryFile(region.path, bytes), how)
  const name = `window-${text.split(',')[1]}`
  return log === undefined ? [] : [{ store: 'window', from: region.path, logs: [{ ...log, name }] }]
}
