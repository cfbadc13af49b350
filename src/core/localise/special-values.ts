// Values that the kernel writes on purpose so that using them fails: include/linux/poison.h

import { say } from '../say.ts'

/** Below this an address is NULL plus the offset of a member: one page, mm's own bound for a NULL dereference. */
export const NULL_PAGE = 4096n

/** include/linux/err.h, MAX_ERRNO: the highest error that a pointer can stand for. */
export const MAX_ERRNO = 4095n

export interface SpecialValue {
  /** as in LIST_POISON1 */
  name: string
  /** what somebody did who uses it */
  means: string
  next: string
}

interface Pointer extends SpecialValue {
  low: number
}

const nextUsed = say`the entry was taken off its list before, and is used as if it were still on it (its next)`
const prevUsed = say`the entry was taken off its list before, and is used as if it were still on it (its prev)`
const listNext = say`Find the two paths that remove this entry; one of them needs the lock, list_del_init() or a check.`

/** Low parts; CONFIG_ILLEGAL_POINTER_VALUE stands above them. */
const pointers: readonly Pointer[] = [
  { low: 0x100, name: 'LIST_POISON1', means: nextUsed, next: listNext },
  { low: 0x122, name: 'LIST_POISON2', means: prevUsed, next: listNext },
  // as older kernels had them
  { low: 0x200, name: 'LIST_POISON2', means: prevUsed, next: listNext },
  { low: 0x100100, name: 'LIST_POISON1', means: nextUsed, next: listNext },
  { low: 0x200200, name: 'LIST_POISON2', means: prevUsed, next: listNext },
  {
    low: 0x300,
    name: 'TIMER_ENTRY_STATIC',
    means: say`a timer that was set up statically is used as a list entry`,
    next: say`Look for a timer_list that is moved or deleted without the timer functions.`,
  },
  {
    low: 0x400,
    name: 'TAIL_MAPPING',
    means: say`the mapping of a tail page of a compound page is used`,
    next: say`Take the head page (compound_head()) before page->mapping is used.`,
  },
]

/** arch/*\/Kconfig, ILLEGAL_POINTER_VALUE, in halves; none on 32-bit machines */
const illegal = {
  64: [
    { high: 0xdead0000, low: 0 },
    { high: 0x5deadbee, low: 0xf0000000 },
  ],
  32: [{ high: 0, low: 0 }],
}

interface Fill extends SpecialValue {
  byte: number
}

const fills: readonly Fill[] = [
  {
    byte: 0x6b,
    name: 'POISON_FREE',
    means: say`memory that was freed before is used: slab fills freed objects with 0x6b`,
    next: say`Boot with slub_debug=FU to have the places of allocation and free printed, or build with KASAN.`,
  },
  {
    byte: 0x5a,
    name: 'POISON_INUSE',
    means: say`memory was allocated and never written: slab fills new objects with 0x5a`,
    next: say`Initialise the member, or allocate with kzalloc().`,
  },
  {
    byte: 0xa5,
    name: 'POISON_END',
    means: say`the end of a slab object, or what lies behind it, is taken for data`,
    next: say`Check index and size at this access; KASAN shows the object.`,
  },
  {
    byte: 0xaa,
    name: 'PAGE_POISON',
    means: say`a page that was freed before is used: page poisoning fills it with 0xaa`,
    next: say`Boot with page_owner=on, or build with KASAN, to see who freed the page.`,
  },
  {
    byte: 0xbb,
    name: 'SLUB_RED_INACTIVE',
    means: say`the red zone beside a free slab object is taken for data`,
    next: say`Check index and size at this access; KASAN shows the object.`,
  },
  {
    byte: 0xcc,
    name: 'SLUB_RED_ACTIVE or POISON_FREE_INITMEM',
    means: say`the red zone beside a slab object, or freed __init memory, is taken for data`,
    next: say`Check for __init functions or data used after the boot, and for an access beyond the object.`,
  },
]

/** An offset into a struct, or an index, behind the special value. */
const REACH = 4096

/** Each fill over 32 bits. */
const filled = fills.map(fill => ({ fill, half: fill.byte * 0x01010101 }))

export interface Recognised {
  value: SpecialValue
  /** how far behind the special value the address is */
  offset: bigint
}

/** Below this a value is only taken for a special one where it is exactly that: 32-bit machines have structs there. */
const SMALL = 0x1000

/** The special value that an address is, or is a little behind. Most are none: numbers tell that sooner than bigints. */
export function specialValue(address: bigint, bits: 32 | 64): Recognised | undefined {
  const high = Number(address >> 32n)
  const low = Number(address & 0xffffffffn)
  for (const { fill, half } of filled) {
    if (high !== (bits === 64 ? half : 0)) continue
    const offset = low - half
    if (offset >= -64 && offset < REACH) return { value: fill, offset: BigInt(offset) }
  }
  for (const above of illegal[bits]) if (high === above.high) return pointerBehind(low - above.low, above.high > 0)
  return undefined
}

function pointerBehind(low: number, isHigh: boolean): Recognised | undefined {
  let best: Pointer | undefined
  for (const pointer of pointers) {
    const offset = low - pointer.low
    if (offset < 0 || offset >= REACH || (offset > 0 && !isHigh && pointer.low < SMALL)) continue
    if (best === undefined || pointer.low > best.low) best = pointer
  }
  return best && { value: best, offset: BigInt(low - best.low) }
}
