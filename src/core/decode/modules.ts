// kernel/module/procfs.c, kernel/module/main.c print_modules():
//   "Modules linked in: fltrig(OE) ext4 crc16(+) nf_tables(-) [last unloaded: lkdtm(OE)]"
// with CONFIG_… of vendors "name 16384 0 - Live 0xffff…(O)", and sizes in 2.4.

import type { Report } from '../model.ts'

type Module = NonNullable<Report['modules']>[number]

export interface ModuleList {
  modules: Module[]
  lastUnloaded?: string
}

/** More modules than any kernel has loaded; beyond, the line is not a module list. */
const MAX_MODULES = 2000

const opening = /^\s*(?:\[?)Modules linked in: ?/
const word = /^(?<name>[A-Za-z_][\w-]*)(?:\((?<taint>[A-Z+-]+)\))?$/
const unloaded = /\[last unloaded: (?<name>[\w-]+)[^\]]*\]?/

export const isModuleList = (text: string): boolean => opening.test(text)

/** Adds the modules of one line; false when a continuation line is no list of modules. */
export function readModules(text: string, into: ModuleList): boolean {
  let list = text.replace(opening, '')
  const last = unloaded.exec(list)
  if (last) {
    into.lastUnloaded = last.groups!['name']!
    list = list.slice(0, last.index)
  }
  const found: Module[] = []
  for (const token of list.split(/\s+/)) {
    if (token === '' || token === '[last') continue
    const match = word.exec(token)
    if (!match) {
      // a continuation line holds modules and nothing else
      if (!opening.test(text)) return false
      continue
    }
    const module: Module = { name: match.groups!['name']! }
    const taint = match.groups!['taint']
    if (taint !== undefined) {
      if (taint.includes('-')) module.unloading = true
      const letters = taint.replace(/[+-]/g, '')
      if (letters !== '') module.taint = letters
    }
    found.push(module)
  }
  if (into.modules.length + found.length > MAX_MODULES) return false
  into.modules.push(...found)
  return found.length > 0 || last !== null || opening.test(text)
}
