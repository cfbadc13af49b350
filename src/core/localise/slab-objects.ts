// Slab objects that the kernel itself says registers point to, so that a word of the stack that points there too is told.

import type { Report } from '../model.ts'

export interface SlabObject {
  start: bigint
  bytes: bigint
  cache: string
}

// mm/util.c, mem_dump_obj(), and mm/slab_common.c, kmem_dump_obj():
//   Register r10 information: slab kmalloc-1k start c1962c00 pointer offset 0 size 1024
// mm/kasan/report.c: The buggy address belongs to the object at ffff888103b9a800
//   which belongs to the cache kmalloc-1k of size 1024
const described =
  /\bslab (?<cache>[\w.-]{1,64}) start (?<start>[0-9a-f]{8,16})(?: data offset \d+)? pointer offset \d+ size (?<size>\d{1,9})/g
const accused =
  /belongs to the object at (?<start>[0-9a-f]{8,16})\s+which belongs to the cache (?<cache>[\w.-]{1,64}) of size (?<size>\d{1,9})/g

export function slabObjects({ text = '' }: Partial<Report>): SlabObject[] {
  const found: SlabObject[] = []
  for (const pattern of [described, accused]) {
    for (const { groups } of text.matchAll(pattern)) {
      const { cache, start, size } = groups as Record<string, string>
      found.push({ cache: cache!, start: BigInt(`0x${start}`), bytes: BigInt(size!) })
    }
  }
  return found
}

export const slabOf = (objects: readonly SlabObject[], address: bigint): SlabObject | undefined =>
  objects.find(({ start, bytes }) => address >= start && address < start + bytes)
