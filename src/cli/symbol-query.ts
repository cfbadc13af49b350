// "vfs_read+0x9b/0x1a0", "ext4_sync_file+0x10 [ext4]", "ext4:ext4_sync_file+0x10", "0xffffffff81234567".

import type { CodeMap } from '../core/localise/code-map.ts'
import { chooseBySize } from '../core/localise/localise.ts'

/** What a user asks of: an address, or a symbol as traces print it. */
export interface Query {
  text: string
  module?: string
  symbol?: string
  offset: number
  size?: number
  address?: bigint
}

const pattern =
  /^(?:(?<before>[\w-]+):)?(?<symbol>[A-Za-z_.$][\w.$]*)(?:\+(?<offset>0x[0-9a-f]{1,12}|\d{1,12}))?(?:\/(?<size>0x[0-9a-f]{1,12}|\d{1,12}))?(?: \[(?<behind>[\w-]+)(?: [0-9a-f]+)?\])?$/i

/** undefined for what is neither. */
export function parseQuery(text: string): Query | undefined {
  if (/^(?:0x)?[0-9a-f]{4,16}$/i.test(text) && !/^[a-z_]+$/i.test(text)) {
    return { text, offset: 0, address: BigInt(text.startsWith('0x') ? text : `0x${text}`) }
  }
  const groups = pattern.exec(text)?.groups
  if (groups === undefined) return undefined
  const module = groups['before'] ?? groups['behind']
  return {
    text,
    symbol: groups['symbol']!,
    offset: Number(groups['offset'] ?? 0),
    ...(groups['size'] !== undefined && { size: Number(groups['size']) }),
    ...(module !== undefined && { module }),
  }
}

/** Where it may be in a file, counted from its base. */
export async function addressesOf({ symbol, offset, size, address }: Query, code: CodeMap): Promise<number[]> {
  if (address !== undefined) return [Number(address - code.base)]
  return chooseBySize(await code.named(symbol!), offset, size).map(each => each.address + offset)
}
