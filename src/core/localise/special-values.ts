// Values that the kernel writes on purpose so that using them fails: include/linux/poison.h

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
  low: bigint
}

const listMeans = 'was taken off its list before, and is used as if it were still on it'
const listNext = 'Find the two paths that remove this entry; one of them needs the lock, list_del_init() or a check.'

/** Low parts; CONFIG_ILLEGAL_POINTER_VALUE stands above them. */
const pointers: readonly Pointer[] = [
  { low: 0x100n, name: 'LIST_POISON1', means: `the entry ${listMeans} (its next)`, next: listNext },
  { low: 0x122n, name: 'LIST_POISON2', means: `the entry ${listMeans} (its prev)`, next: listNext },
  // as older kernels had them
  { low: 0x200n, name: 'LIST_POISON2', means: `the entry ${listMeans} (its prev)`, next: listNext },
  { low: 0x100100n, name: 'LIST_POISON1', means: `the entry ${listMeans} (its next)`, next: listNext },
  { low: 0x200200n, name: 'LIST_POISON2', means: `the entry ${listMeans} (its prev)`, next: listNext },
  {
    low: 0x300n,
    name: 'TIMER_ENTRY_STATIC',
    means: 'a timer that was set up statically is used as a list entry',
    next: 'Look for a timer_list that is moved or deleted without the timer functions.',
  },
  {
    low: 0x400n,
    name: 'TAIL_MAPPING',
    means: 'the mapping of a tail page of a compound page is used',
    next: 'Take the head page (compound_head()) before page->mapping is used.',
  },
]

/** arch/*\/Kconfig, ILLEGAL_POINTER_VALUE */
const illegal = [0xdead000000000000n, 0x5deadbeef0000000n]

interface Fill extends SpecialValue {
  byte: number
}

const fills: readonly Fill[] = [
  {
    byte: 0x6b,
    name: 'POISON_FREE',
    means: 'memory that was freed before is used: slab fills freed objects with 0x6b',
    next: 'Boot with slub_debug=FU to have the places of allocation and free printed, or build with KASAN.',
  },
  {
    byte: 0x5a,
    name: 'POISON_INUSE',
    means: 'memory was allocated and never written: slab fills new objects with 0x5a',
    next: 'Initialise the member, or allocate with kzalloc().',
  },
  {
    byte: 0xa5,
    name: 'POISON_END',
    means: 'the end of a slab object, or what lies behind it, is taken for data',
    next: 'Check index and size at this access; KASAN shows the object.',
  },
  {
    byte: 0xaa,
    name: 'PAGE_POISON',
    means: 'a page that was freed before is used: page poisoning fills it with 0xaa',
    next: 'Boot with page_owner=on, or build with KASAN, to see who freed the page.',
  },
  {
    byte: 0xbb,
    name: 'SLUB_RED_INACTIVE',
    means: 'the red zone beside a free slab object is taken for data',
    next: 'Check index and size at this access; KASAN shows the object.',
  },
  {
    byte: 0xcc,
    name: 'SLUB_RED_ACTIVE or POISON_FREE_INITMEM',
    means: 'the red zone beside a slab object, or freed __init memory, is taken for data',
    next: 'Check for __init functions or data used after the boot, and for an access beyond the object.',
  },
]

/** An offset into a struct, or an index, behind the special value. */
const REACH = 4096n

const repeated = (byte: number, bits: 32 | 64): bigint => {
  let value = 0n
  for (let at = 0; at < bits; at += 8) value = (value << 8n) | BigInt(byte)
  return value
}

/** Each fill over the whole width. */
const filled = {
  32: fills.map(fill => ({ fill, whole: repeated(fill.byte, 32) })),
  64: fills.map(fill => ({ fill, whole: repeated(fill.byte, 64) })),
}

export interface Recognised {
  value: SpecialValue
  /** how far behind the special value the address is */
  offset: bigint
}

/** Below this a value is only taken for a special one where it is exactly that: 32-bit machines have structs there. */
const SMALL = 0x1000n

/** The special value that an address is, or is a little behind. */
export function specialValue(address: bigint, bits: 32 | 64): Recognised | undefined {
  for (const { fill, whole } of filled[bits]) {
    const offset = address - whole
    if (offset >= -64n && offset < REACH) return { value: fill, offset }
  }
  for (const above of bits === 64 ? illegal : [0n]) {
    let best: Recognised | undefined
    for (const pointer of pointers) {
      const offset = address - above - pointer.low
      if (offset < 0n || offset >= REACH || (offset > 0n && above + pointer.low < SMALL)) continue
      if (best === undefined || offset < best.offset) best = { value: pointer, offset }
    }
    if (best) return best
  }
  return undefined
}
