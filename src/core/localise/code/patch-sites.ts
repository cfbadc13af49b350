// The places of its own code that a kernel changes while it boots and runs, by the tables that it does so by. Code of a log
// that differs there from the file is as it should be.

import { Cursor } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import type { CodeTable, MachineCode } from './machine-code.ts'

export interface PatchSite {
  at: number
  bytes: number
  /** why it is changed, in a few words */
  why: string
}

interface Table extends CodeTable {
  why: string
  read(table: Cursor, at: number, code: MachineCode): Generator<{ at: number; bytes: number }>
}

const named = (section: string, start: string, end: string): CodeTable => ({ section, start, end })

/** How to add one: a row, from the linker script (include/asm-generic/vmlinux.lds.h) and the struct of its entries. */
const tables: readonly Table[] = [
  // struct alt_instr, arch/*/include/asm/alternative.h
  {
    ...named('.altinstructions', '__alt_instructions', '__alt_instructions_end'),
    why: say`an alternative for this CPU`,
    read: alternatives,
  },
  // struct jump_entry, include/linux/jump_label.h
  {
    ...named('__jump_table', '__start___jump_table', '__stop___jump_table'),
    why: say`a static branch`,
    read: jumpLabels,
  },
  // addresses, include/linux/ftrace.h
  {
    ...named('__mcount_loc', '__start_mcount_loc', '__stop_mcount_loc'),
    why: say`the call of ftrace`,
    read: tracedFunctions,
  },
  // struct static_call_site, include/linux/static_call_types.h
  {
    ...named('.static_call_sites', '__start_static_call_sites', '__stop_static_call_sites'),
    why: say`a static call`,
    read: relative(8, 5),
  },
  // arch/x86/kernel/alternative.c
  {
    ...named('.retpoline_sites', '__retpoline_sites', '__retpoline_sites_end'),
    why: say`a retpoline`,
    read: relative(4, 6),
  },
  { ...named('.return_sites', '__return_sites', '__return_sites_end'), why: say`a return thunk`, read: relative(4, 5) },
  { ...named('.call_sites', '__call_sites', '__call_sites_end'), why: say`call depth tracking`, read: relative(4, 5) },
  { ...named('.cfi_sites', '__cfi_sites', '__cfi_sites_end'), why: say`control flow integrity`, read: relative(4, 16) },
  {
    ...named('.ibt_endbr_seal', '__ibt_endbr_seal', '__ibt_endbr_seal_end'),
    why: say`a sealed ENDBR`,
    read: relative(4, 4),
  },
  { ...named('.smp_locks', '__smp_locks', '__smp_locks_end'), why: say`a lock prefix`, read: relative(4, 1) },
  // struct paravirt_patch_site, arch/x86/include/asm/paravirt_types.h
  {
    ...named('.parainstructions', '__parainstructions', '__parainstructions_end'),
    why: say`a paravirt call`,
    read: paravirtual,
  },
  // struct fixup_entry, arch/powerpc/include/asm/feature-fixups.h
  {
    ...named('__ftr_fixup', '__start___ftr_fixup', '__stop___ftr_fixup'),
    why: say`a CPU feature`,
    read: featureFixups,
  },
  {
    ...named('__mmu_ftr_fixup', '__start___mmu_ftr_fixup', '__stop___mmu_ftr_fixup'),
    why: say`an MMU feature`,
    read: featureFixups,
  },
  {
    ...named('__fw_ftr_fixup', '__start___fw_ftr_fixup', '__stop___fw_ftr_fixup'),
    why: say`a firmware feature`,
    read: featureFixups,
  },
  // arch/arm/include/asm/assembler.h, ALT_SMP; arch/arm/include/asm/memory.h, __pv_stub
  { ...named('.alt.smp.init', '__smpalt_begin', '__smpalt_end'), why: say`a single CPU`, read: relative(8, 4) },
  { ...named('.pv_table', '__pv_table_begin', '__pv_table_end'), why: say`where memory begins`, read: relative(4, 8) },
]

export interface PatchSites {
  /** in no order */
  sites: PatchSite[]
  /** the file has such tables: where they name nothing, nothing is patched */
  tables: boolean
}

/** The sites in [start, end). What is damaged is no site. */
export async function patchSites(code: MachineCode, start: number, end: number): Promise<PatchSites> {
  const sites: PatchSite[] = []
  let found = false
  for (const { why, read, ...name } of tables) {
    const table = await code.table(name)
    if (table === undefined || table.bytes.length === 0) continue
    found = true
    const cursor = new Cursor(name.section, table.bytes, code.order)
    for (const { at, bytes } of read(cursor, table.at, code)) {
      if (at < end && at + bytes > start) sites.push({ at, bytes, why })
    }
  }
  return { sites, tables: found }
}

/** A distance from where it stands. */
const distance = (table: Cursor, at: number): number => at + table.position + table.i32()

/** Entries of `stride` bytes that begin with the distance to `bytes` bytes of code, or with their address. */
function relative(stride: number, bytes: number): Table['read'] {
  return function* (table, at, code) {
    while (table.left >= stride) {
      const start = table.position
      const place = distance(table, at)
      const address = code.wordBytes === 4 ? code.fromBase(BigInt(table.seek(start).u32())) : Number.NaN
      table.seek(start + stride)
      if (code.isCode(place)) yield { at: place, bytes }
      else if (code.isCode(address)) yield { at: address, bytes }
    }
  }
}

/** Strides of struct alt_instr, by version and architecture, and where the length of the instruction stands. */
const alternativeShapes = [
  { stride: 12, length: 10 },
  { stride: 13, length: 10 },
  { stride: 14, length: 12 },
  { stride: 11, length: 10 },
] as const

/** So many entries must fit for a shape to be believed. */
const PROBED = 64

function* alternatives(table: Cursor, at: number, code: MachineCode): ReturnType<Table['read']> {
  const entries = (stride: number): number => Math.floor(table.length / stride)
  const fits = ({ stride, length }: (typeof alternativeShapes)[number]): boolean => {
    if (table.length % stride !== 0) return false
    for (let entry = 0; entry < Math.min(PROBED, entries(stride)); entry++) {
      if (!code.isCode(distance(table.seek(entry * stride), at))) return false
      if (table.seek(entry * stride + length).u8() === 0) return false
    }
    return true
  }
  const shape = alternativeShapes.find(fits)
  if (shape === undefined) return
  for (let entry = 0; entry < entries(shape.stride); entry++) {
    const place = distance(table.seek(entry * shape.stride), at)
    yield { at: place, bytes: table.seek(entry * shape.stride + shape.length).u8() }
  }
}

/** Distances to code, target and key since v4.20, addresses of all three before. */
function* jumpLabels(table: Cursor, at: number, code: MachineCode): ReturnType<Table['read']> {
  const { wordBytes } = code
  const near = 8 + wordBytes
  const isNear = table.length >= near && code.isCode(distance(table, at))
  const stride = isNear ? near : 3 * wordBytes
  for (let start = 0; start + stride <= table.length; start += stride) {
    table.seek(start)
    const place = isNear ? distance(table, at) : code.fromBase(table.word(wordBytes))
    // Five bytes on x86, or two where the target is near; four elsewhere.
    if (code.isCode(place)) yield { at: place, bytes: 5 }
  }
}

function* tracedFunctions(table: Cursor, _at: number, code: MachineCode): ReturnType<Table['read']> {
  while (table.left >= code.wordBytes) {
    const place = code.fromBase(table.word(code.wordBytes))
    // Two instructions on arm64 and riscv, five bytes on x86, six on s390.
    if (code.isCode(place)) yield { at: place, bytes: 8 }
  }
}

function* paravirtual(table: Cursor, _at: number, code: MachineCode): ReturnType<Table['read']> {
  const stride = 2 * code.wordBytes
  for (let start = 0; start + stride <= table.length; start += stride) {
    const place = code.fromBase(table.seek(start).word(code.wordBytes))
    table.skip(1)
    if (code.isCode(place)) yield { at: place, bytes: table.u8() }
  }
}

/** Mask, value, distances to the code's start and end and to those of what replaces it: each of the machine's width. */
function* featureFixups(table: Cursor, at: number, code: MachineCode): ReturnType<Table['read']> {
  const { wordBytes } = code
  for (let start = 0; start + 6 * wordBytes <= table.length; start += 6 * wordBytes) {
    const offset = (index: number): number => {
      const word = table.seek(start + index * wordBytes).word(wordBytes)
      return at + start + Number(BigInt.asIntN(8 * wordBytes, word))
    }
    const [first, behind] = [offset(2), offset(3)]
    if (code.isCode(first) && behind > first) yield { at: first, bytes: behind - first }
  }
}

/** How the sites cover [at, at + bytes): the reasons of those that touch it, each once. */
export function whyPatched(sites: readonly PatchSite[], at: number, bytes = 1): string | undefined {
  const found = sites.filter(site => site.at < at + bytes && site.at + site.bytes > at).map(({ why }) => why)
  return found.length === 0 ? undefined : [...new Set(found)].join(', ')
}
