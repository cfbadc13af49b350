// Which member of a struct an offset is in: the question behind "NULL pointer dereference, address: 0x2c".

import type { Btf, Member } from './btf.ts'
import { pointerBytes, sizeOf, strip, typeName } from './type-names.ts'

export interface MemberAt {
  /** `sched_info.pcount`, `comm[3]`, `__i_nlink` */
  path: string
  /** as C writes it */
  type: string
  /** where the member begins, counted from the outer struct, and its size */
  offset: number
  sizeBytes: number
  /** of a bit-field, counted from the outer struct */
  bits?: { offset: number; count: number }
}

export interface StructAt {
  /** `struct task_struct` */
  name: string
  sizeBytes: number
  /** Innermost members at the offset; several in unions, none in padding. */
  members: readonly MemberAt[]
  /** The offset is behind the struct's end by so many bytes, as data that a driver keeps behind `struct request` is. */
  beyond?: number
  /** more members are there than are listed */
  more?: true
}

/** Unions of unions hold a few; more help no reader. */
const MAX_MEMBERS = 64
const MAX_DEPTH = 32
/** Members looked at for one answer; struct task_struct has some hundreds at the first level. */
const MAX_STEPS = 50_000

/** Every struct or union of this name (a typedef's name serves too), and what is at the offset. Distinct ones only. */
export function structsAt(btf: Btf, name: string, offset: number): StructAt[] {
  const plain = name.replace(/^(?:struct|union) /, '')
  const direct = btf.named(plain, 'struct', 'union')
  const types = direct.length > 0 ? direct : btf.named(plain, 'typedef').map(type => strip(btf, type))
  const found = types
    .filter(type => btf.kind(type) === 'struct' || btf.kind(type) === 'union')
    .map(type => structAt(btf, type, offset, plain))
  // Several files may have a struct of one name each; most are the same.
  const distinct = new Map(found.map(each => [JSON.stringify(each), each]))
  return [...distinct.values()]
}

/** What is at an offset of a struct or union. */
export function structAt(btf: Btf, type: number, offset: number, name = btf.name(type)): StructAt {
  const sizeBytes = btf.ownSize(type)
  const search = new MemberSearch(btf)
  search.into(type, offset, 0, '', 0)
  const anonymous = btf.name(type) === ''
  return {
    name: anonymous ? name : `${btf.kind(type)} ${name}`,
    sizeBytes,
    members: search.found,
    ...(offset >= sizeBytes && search.found.length === 0 ? { beyond: offset - sizeBytes } : {}),
    ...(search.full ? { more: true } : {}),
  }
}

class MemberSearch {
  readonly found: MemberAt[] = []
  readonly #btf: Btf
  readonly #pointerBytes: number
  #steps = 0

  constructor(btf: Btf) {
    this.#btf = btf
    this.#pointerBytes = pointerBytes(btf)
  }

  get full(): boolean {
    return this.found.length >= MAX_MEMBERS || this.#steps > MAX_STEPS
  }

  /** Members of `type` at `offset`, where `type` begins at `start` of the outer struct under the name `path`. */
  into(type: number, offset: number, start: number, path: string, depth: number): void {
    if (depth > MAX_DEPTH) return
    for (const member of this.#btf.members(type)) {
      this.#steps++
      if (this.full) return
      const at = start + Math.floor(member.bitOffset / 8)
      const size = this.#sizeOf(member)
      const flexible = size === 0 && offset >= at && isFlexible(this.#btf, member.type)
      if (!flexible && (offset < at || offset >= at + size)) continue
      const name = member.name === '' ? path : path === '' ? member.name : `${path}.${member.name}`
      if (member.bits > 0) {
        const bits = { offset: start * 8 + member.bitOffset, count: member.bits }
        this.#add({ path: name, type: typeName(this.#btf, member.type), offset: at, sizeBytes: size, bits })
      } else this.#value(member.type, offset, at, name, depth + 1)
    }
  }

  #value(type: number, offset: number, at: number, path: string, depth: number): void {
    const inner = strip(this.#btf, type)
    const kind = this.#btf.kind(inner)
    const sizeBytes = sizeOf(this.#btf, inner, this.#pointerBytes)
    if (kind === 'struct' || kind === 'union') {
      const before = this.found.length
      this.into(inner, offset, at, path, depth)
      // Its padding.
      if (this.found.length === before && kind === 'struct' && path !== '') {
        this.#add({ path, type: typeName(this.#btf, type), offset: at, sizeBytes })
      }
      return
    }
    if (kind === 'array' && depth <= MAX_DEPTH) {
      const { element } = this.#btf.array(inner)
      const each = sizeOf(this.#btf, element, this.#pointerBytes)
      if (each > 0) {
        const index = Math.floor((offset - at) / each)
        this.#value(element, offset, at + index * each, `${path}[${index}]`, depth + 1)
        return
      }
    }
    this.#add({ path, type: typeName(this.#btf, type), offset: at, sizeBytes })
  }

  #add(member: MemberAt): void {
    if (!this.full) this.found.push(member)
  }

  #sizeOf(member: Member): number {
    // A bit-field covers the bytes that its bits are in.
    if (member.bits > 0) return Math.ceil(((member.bitOffset % 8) + member.bits) / 8)
    return sizeOf(this.#btf, member.type, this.#pointerBytes)
  }
}

/** An array without a length, at the end of a struct. */
function isFlexible(btf: Btf, type: number): boolean {
  const inner = strip(btf, type)
  return btf.kind(inner) === 'array' && btf.array(inner).count === 0
}
