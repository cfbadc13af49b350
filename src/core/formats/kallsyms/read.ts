// The symbols that a kernel keeps of itself, from an image without any other symbols. kernel/kallsyms.c reads the same
// tables in the running kernel.

import { FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import { type AddressForm, findAddresses, readAddresses } from './addresses.ts'
import { findNames, type NameTables } from './names.ts'
import { relocatedBase } from './relocated-base.ts'
import { findTokens, type TokenTables } from './tokens.ts'

/** Where the bytes of an image are in memory. */
export interface ImageMap {
  /** The address of an offset in the image; undefined when that is not loaded. */
  addressAt(offset: number): bigint | undefined
}

export interface Kallsyms {
  count: number
  /** ascending */
  addresses: BigUint64Array
  wordBytes: 4 | 8
  form: AddressForm
  /** the image does not say where it is linked: addresses count from its beginning */
  unplaced?: true
  /** nm's letter of a symbol, and its name */
  symbol(index: number): { type: string; name: string }
}

/**
 * Finds and reads the tables. `map` is known for ELF files; without one, offsets of the image are taken for addresses
 * where the tables count from themselves. Throws FormatError when there are none.
 */
export function readKallsyms(image: Uint8Array, map?: ImageMap): Kallsyms {
  const problems: string[] = []
  for (const tokens of findTokens(image)) {
    const names = findNames(image, tokens)
    if (names === undefined) {
      problems.push(`no names before the tokens at 0x${tokens.table.toString(16)}`)
      continue
    }
    const kallsyms = withAddresses(image, tokens, names, map)
    if (kallsyms !== undefined) return kallsyms
    problems.push(`no addresses for the ${names.count} names at 0x${names.names.toString(16)}`)
  }
  const detail = problems.length === 0 ? 'no token table, as of a kernel with CONFIG_KALLSYMS' : problems.join('; ')
  throw new FormatError('kallsyms', 0, say`no symbols: ${detail}`)
}

function withAddresses(
  image: Uint8Array,
  tokens: TokenTables,
  names: NameTables,
  map: ImageMap | undefined,
): Kallsyms | undefined {
  const table = findAddresses(image, tokens, names)
  if (table === undefined) return undefined
  const mapped = map?.addressAt(table.table)
  const relocated =
    table.baseAt !== undefined && table.base === 0n && map === undefined
      ? relocatedBase(image, tokens.order, table.baseAt)
      : undefined
  const unplaced =
    table.form === 'self-relative'
      ? mapped === undefined
      : table.baseAt !== undefined && table.base === 0n && relocated === undefined
  const addresses = readAddresses(
    image,
    tokens.order,
    names.count,
    table,
    relocated ?? table.base,
    mapped ?? BigInt(table.table),
  )
  return {
    count: names.count,
    addresses,
    wordBytes: table.wordBytes,
    form: table.form,
    ...(unplaced ? { unplaced } : {}),
    symbol: index => symbolAt(image, tokens, names, index),
  }
}

/** A name is a list of tokens; the first letter of the whole is the type. */
function symbolAt(
  image: Uint8Array,
  { texts }: TokenTables,
  { starts, big }: NameTables,
  index: number,
): { type: string; name: string } {
  let at = starts[index]!
  let length = image[at++]!
  if (big && length >= 0x80) length = (length & 0x7f) | (image[at++]! << 7)
  let text = ''
  for (const end = at + length; at < end; at++) text += texts[image[at]!]!
  return { type: text.slice(0, 1), name: text.slice(1) }
}
