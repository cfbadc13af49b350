// Which functions the running kernel has, and why one of them cannot be probed.

import { readFileSync } from 'node:fs'
import type { Btf } from '../../core/formats/btf/btf.ts'
import type { SymbolTable } from '../../core/localise/symbol-table.ts'
import { nearNames } from '../config/near.ts'

/** A range that must not be probed, from debugfs kprobes/blacklist: `0xffffffff81e01000-0xffffffff81e01a2b	asm_exc_page_fault` */
interface Forbidden {
  start: bigint
  end: bigint
}

const blacklistFile = '/sys/kernel/debug/kprobes/blacklist'
const rangePattern = /^0x(?<start>[0-9a-f]+)-0x(?<end>[0-9a-f]+)\t/gm

function forbiddenRanges(): Forbidden[] {
  try {
    return [...readFileSync(blacklistFile, 'latin1').matchAll(rangePattern)].map(({ groups = {} }) => ({
      start: BigInt(`0x${groups['start']}`),
      end: BigInt(`0x${groups['end']}`),
    }))
  } catch {
    // Without debugfs the kernel still refuses, in fewer words.
    return []
  }
}

export class KernelFunctions {
  private readonly table: SymbolTable
  private readonly btf: Btf | undefined
  private forbidden: Forbidden[] | undefined

  constructor(table: SymbolTable, btf: Btf | undefined) {
    this.table = table
    this.btf = btf
  }

  /** Why a function of this name cannot be probed, as far as can be told before the kernel is asked. */
  refusal(name: string): string | undefined {
    const found = this.table.named(name).filter(({ type }) => /^[tTwW]$/.test(type))
    if (found.length === 0) return this.missing(name)
    if (found.length > 1)
      return `there are ${found.length} functions of this name, and the kernel does not say which: probe their callers, or one by its address and a name of its own`
    const address = found[0]?.address ?? 0n
    this.forbidden ??= forbiddenRanges()
    if (this.forbidden.some(({ start, end }) => address >= start && address < end))
      return 'the kernel forbids to probe it: probes themselves need it (kprobes/blacklist)'
    return undefined
  }

  private missing(name: string): string {
    const pieces = this.piecesOf(name)
    if (pieces.length > 0)
      return `the compiler made ${pieces.join(', ')} of it: name that, and say where its arguments are, for they may have moved`
    if (this.btf !== undefined && this.btf.named(name, 'function').length > 0)
      return 'it is in the kernel’s types but has no address: the compiler put it into its callers (inlined)'
    const near = nearNames(name, this.namesLike(name))
    return `this kernel has no such function, or it is inlined everywhere${near.length === 0 ? '' : `; there are ${near.join(', ')}`}`
  }

  /** `foo.isra.0`, `foo.constprop.0`, `foo.part.0` */
  private piecesOf(name: string): string[] {
    const pieces = new Set<string>()
    for (const { name: each } of this.table)
      if (each.startsWith(`${name}.`) && !each.includes('.cold')) pieces.add(each)
    return [...pieces].slice(0, 4)
  }

  /** Names that share the beginning or the end, so that not all hundred thousand are compared letter by letter. */
  private namesLike(name: string): string[] {
    const head = name.slice(0, 3)
    const tail = name.slice(-4)
    const names = new Set<string>()
    for (const { name: each, type } of this.table)
      if (
        /^[tTwW]$/.test(type) &&
        Math.abs(each.length - name.length) <= 3 &&
        (each.startsWith(head) || each.endsWith(tail))
      )
        names.add(each)
    return [...names]
  }
}
