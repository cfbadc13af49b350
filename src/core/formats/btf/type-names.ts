// Types as C writes them.

import type { Btf } from './btf.ts'

/** Types are made of types; those of real kernels nest a dozen deep, those of an attacker in circles. */
const MAX_DEPTH = 32
/** Types that one name is made of; the longest of a kernel, of a function with functions as arguments, has some fifty. */
const MAX_PARTS = 200

/** The name of a type, as in a cast: `struct request *`, `char[16]`, `void (*)(struct work_struct *)`. */
export function typeName(btf: Btf, type: number): string {
  return declaration(btf, type, '')
}

/** A declaration of `name` with this type: `char name[16]`. */
export function declaration(btf: Btf, type: number, name: string): string {
  return declared(btf, type, name, { parts: MAX_PARTS })
}

function declared(btf: Btf, type: number, name: string, left: { parts: number }): string {
  if (left.parts-- <= 0) return '…'
  const spaced = name === '' || name.startsWith('[') ? name : ` ${name}`
  const target = (): number => btf.target(type)
  const kind = btf.kind(type)
  switch (kind) {
    case 'void':
      return `void${spaced}`
    case 'pointer': {
      const inner = pointee(btf, target())
      const needsParentheses = inner === 'prototype' || inner === 'array'
      const pointer = `*${name}`
      return declared(btf, target(), needsParentheses ? `(${pointer})` : pointer, left)
    }
    case 'array': {
      const { element, count } = btf.array(type)
      return declared(btf, element, `${name}[${count === 0 ? '' : count}]`, left)
    }
    case 'prototype': {
      const shown: string[] = []
      for (const each of btf.arguments(type)) {
        shown.push(each.type === 0 ? '...' : declared(btf, each.type, '', left))
        if (left.parts <= 0) break
      }
      return declared(btf, target(), `${name}(${shown.length === 0 ? 'void' : shown.join(', ')})`, left)
    }
    case 'const':
    case 'volatile':
    case 'restrict': {
      // Of a pointer the qualifier stands behind the asterisk.
      if (btf.kind(target()) === 'pointer') return declared(btf, target(), `${kind}${spaced}`, left)
      return `${kind} ${declared(btf, target(), name, left)}`
    }
    case 'type tag':
    case 'variable':
    case 'function':
      return declared(btf, target(), name, left)
    case 'struct':
    case 'union':
      return `${kind}${btf.name(type) === '' ? '' : ` ${btf.name(type)}`}${spaced}`
    case 'enum':
    case 'enum64':
      return `enum${btf.name(type) === '' ? '' : ` ${btf.name(type)}`}${spaced}`
    case 'forward':
      return `struct ${btf.name(type)}${spaced}`
    default:
      return `${btf.name(type)}${spaced}`
  }
}

/** What a pointer points to, tags aside. */
function pointee(btf: Btf, type: number): string {
  let inner = type
  for (let depth = 0; depth < MAX_DEPTH && btf.kind(inner) === 'type tag'; depth++) inner = btf.target(inner)
  return btf.kind(inner)
}

/** A type without typedefs, qualifiers and tags. */
export function strip(btf: Btf, type: number): number {
  let inner = type
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    switch (btf.kind(inner)) {
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type tag':
        inner = btf.target(inner)
        break
      default:
        return inner
    }
  }
  return 0
}

/** Bytes that a value of this type takes; 0 where it has no size. */
export function sizeOf(btf: Btf, type: number, pointerBytes: number, depth = 0): number {
  if (depth > MAX_DEPTH) return 0
  const inner = strip(btf, type)
  switch (btf.kind(inner)) {
    case 'pointer':
      return pointerBytes
    case 'array': {
      const { element, count } = btf.array(inner)
      return count * sizeOf(btf, element, pointerBytes, depth + 1)
    }
    case 'int':
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'float':
      return btf.ownSize(inner)
    default:
      return 0
  }
}

/** Bytes of a pointer: as of `long`, which every kernel has. */
export function pointerBytes(btf: Btf): 4 | 8 {
  const [long] = btf.named('long unsigned int', 'int')
  if (long !== undefined) return btf.ownSize(long) === 4 ? 4 : 8
  return btf.named('unsigned long', 'int').some(type => btf.ownSize(type) === 4) ? 4 : 8
}
