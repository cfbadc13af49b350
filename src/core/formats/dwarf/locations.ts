// Where a variable is at an address: one expression for its whole life, or a list of them by range. DWARF 5 §2.6.2, §7.29
// (.debug_loclists); DWARF 4 §2.6.2 (.debug_loc).

import type { Cursor } from '../../bytes/cursor.ts'
import { FormatError } from '../../bytes/cursor.ts'
import { form } from './constants.ts'
import type { Value } from './entry.ts'
import type { Unit } from './unit.ts'

/** Lists are read in growing pieces, as only their end mark says how long they are; none is longer than this. */
const FIRST_BYTES = 512
const MAX_LIST_BYTES = 4 * 1024 * 1024

/** The expression that holds at an address (counted from the base); undefined where none does. Throws FormatError. */
export async function locationAt(unit: Unit, value: Value, address: number): Promise<Cursor | undefined> {
  if (value.block !== undefined) return value.block
  const { sections, header } = unit
  const isNew = header.version >= 5
  const section = await (isNew ? sections.locationLists?.() : sections.oldLocations?.())
  if (section === undefined || Number.isNaN(value.value)) return undefined
  let start = value.value
  if (value.form === form.loclistx) {
    const { offsetBytes } = header
    const table = await section.read(unit.locationListsStart + value.value * offsetBytes, offsetBytes)
    start = unit.locationListsStart + table.offset(offsetBytes)
  }
  for (let bytes = FIRST_BYTES; ; bytes *= 8) {
    const left = Math.max(0, section.size - start)
    const list = await section.read(start, Math.min(bytes, left))
    try {
      return isNew ? inList(unit, list, address) : inOldList(unit, list, address)
    } catch (error) {
      if (!(error instanceof FormatError) || bytes >= left || bytes >= MAX_LIST_BYTES) throw error
    }
  }
}

function inList(unit: Unit, list: Cursor, address: number): Cursor | undefined {
  const { addressBytes, base } = unit.header
  const indexed = (): number => unit.address(form.addrx, list.uleb())
  const plain = (): number => list.addressFrom(base, addressBytes)
  let start = unit.rangeBase
  let otherwise: Cursor | undefined
  for (;;) {
    const kind = list.u8()
    let [low, high] = [0, 0]
    switch (kind) {
      case 0:
        return otherwise
      case 1:
        start = indexed()
        continue
      case 2:
        ;[low, high] = [indexed(), indexed()]
        break
      case 3:
        low = indexed()
        high = low + list.uleb()
        break
      case 4:
        ;[low, high] = [start + list.uleb(), start + list.uleb()]
        break
      case 5: // default: where no other holds
        otherwise = list.take(list.uleb())
        continue
      case 6:
        start = plain()
        continue
      case 7:
        ;[low, high] = [plain(), plain()]
        break
      case 8:
        low = plain()
        high = low + list.uleb()
        break
      case 9: // GNU view pair: finer than instructions
        list.skipLeb().skipLeb()
        continue
      default:
        throw list.error(`unknown location list entry ${kind}`)
    }
    const expression = list.take(list.uleb())
    if (address >= low && address < high) return expression
  }
}

function inOldList(unit: Unit, list: Cursor, address: number): Cursor | undefined {
  const { addressBytes, base } = unit.header
  let start = unit.rangeBase
  for (;;) {
    const low = list.word(addressBytes)
    const high = list.word(addressBytes)
    if (low === 0n && high === 0n) return undefined
    if (low === (addressBytes === 8 ? 0xffffffffffffffffn : 0xffffffffn)) {
      start = Number(high - base.address)
      continue
    }
    const expression = list.take(list.u16())
    if (address >= start + Number(low) && address < start + Number(high)) return expression
  }
}
