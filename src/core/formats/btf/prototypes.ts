// What a function takes and gives: with it the first argument's register has a type, without any DWARF.

import type { Btf } from './btf.ts'
import { declaration, typeName } from './type-names.ts'

export interface Prototype {
  name: string
  result: string
  /** a variadic function's last one has the type `...` */
  arguments: readonly { name: string; type: string }[]
  /** as a header declares it */
  text: string
}

/** Prototypes of all functions of this name; functions of one name and several files may differ. */
export function prototypesOf(btf: Btf, name: string): Prototype[] {
  const found = btf.named(name, 'function').map(type => prototype(btf, name, btf.target(type)))
  return [...new Map(found.map(each => [each.text, each])).values()]
}

function prototype(btf: Btf, name: string, type: number): Prototype {
  const all = btf.arguments(type)
  const shown = all.map(each => (each.type === 0 ? '...' : declaration(btf, each.type, each.name)))
  const result = typeName(btf, btf.target(type))
  return {
    name,
    result,
    arguments: all.map(each => ({ name: each.name, type: each.type === 0 ? '...' : typeName(btf, each.type) })),
    text: declaration(btf, btf.target(type), `${name}(${shown.length === 0 ? 'void' : shown.join(', ')})`),
  }
}
