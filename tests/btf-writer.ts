// BTF as pahole writes it, type after type, for the tests of its reader. Documentation/bpf/btf.rst.

import { type BtfKind, btfKinds } from '../src/core/formats/btf/btf.ts'

export interface WrittenType {
  kind: BtfKind
  name?: string
  /** size of ints, structs, unions, enums; target of pointers, typedefs, functions, prototypes */
  word?: number
  kindFlag?: boolean
  /** the words behind the twelve bytes; a name among them as text */
  tail?: readonly (number | string)[]
  /** entries that the tail holds */
  entries?: number
}

/** `base` are strings of the BTF that this one goes on from. */
export function writeBtf(
  types: readonly WrittenType[],
  order: 'little' | 'big' = 'little',
  baseStringBytes = 0,
): Uint8Array {
  const little = order === 'little'
  let strings = baseStringBytes === 0 ? '\0' : ''
  const textAt = (text: string | undefined): number => {
    if (text === undefined) return 0
    const at = baseStringBytes + strings.length
    strings += `${text}\0`
    return at
  }
  const words: number[] = []
  for (const { kind, name, word = 0, kindFlag, tail = [], entries = 0 } of types) {
    const info = (btfKinds.indexOf(kind) << 24) | entries | (kindFlag ? 0x80000000 : 0)
    words.push(textAt(name), info >>> 0, word)
    for (const each of tail) words.push(typeof each === 'string' ? textAt(each) : each)
  }
  const bytes = new Uint8Array(24 + words.length * 4 + strings.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xeb9f, little)
  view.setUint8(2, 1)
  for (const [i, value] of [24, 0, words.length * 4, words.length * 4, strings.length].entries()) {
    view.setUint32(4 + i * 4, value, little)
  }
  for (const [i, value] of words.entries()) view.setUint32(24 + i * 4, value, little)
  bytes.set(new TextEncoder().encode(strings), 24 + words.length * 4)
  return bytes
}

/** Where the strings of a BTF end. */
export const stringBytes = (btf: Uint8Array): number => new DataView(btf.buffer).getUint32(20, true)
