// LoongArch instructions, which no packaged disassembler knows: the base integer ones, atomics and those of the kernel, with
// which it also saves and restores the registers of floats, vectors and binary translation.
// LoongArch Reference Manual volume 1, appendix B "Table of instruction encoding". What is not here is shown as a word.

import type { DecodedInstruction, Disassembler } from './instructions.ts'

const registers = [
  ...['zero', 'ra', 'tp', 'sp', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'],
  ...['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 'r21', 'fp'],
  ...['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'],
].map(name => `$${name}`)

const floats = Array.from({ length: 32 }, (_, i) => (i < 8 ? `$fa${i}` : i < 24 ? `$ft${i - 8}` : `$fs${i - 24}`))

const bits = (word: number, low: number, count: number): number => (word >>> low) & (2 ** count - 1)
const signed = (word: number, low: number, count: number): number =>
  (bits(word, low, count) << (32 - count)) >> (32 - count)
const hex = (value: number): string => `0x${value.toString(16)}`

/** Operands by a letter each; `address` is the instruction's own. */
const operands: Readonly<Record<string, (word: number) => string>> = {
  d: word => registers[bits(word, 0, 5)]!,
  j: word => registers[bits(word, 5, 5)]!,
  k: word => registers[bits(word, 10, 5)]!,
  // float registers are only moved to and from memory by a kernel
  f: word => floats[bits(word, 0, 5)]!,
  g: word => floats[bits(word, 5, 5)]!,
  v: word => `$vr${bits(word, 0, 5)}`,
  V: word => `$vr${bits(word, 5, 5)}`,
  x: word => `$xr${bits(word, 0, 5)}`,
  X: word => `$xr${bits(word, 5, 5)}`,
  // a number in the place of rd; registers of control, flags and translation
  n: word => hex(bits(word, 0, 5)),
  e: word => `$fcsr${bits(word, 0, 5)}`,
  E: word => `$fcsr${bits(word, 5, 5)}`,
  q: word => `$fcc${bits(word, 0, 3)}`,
  Q: word => `$fcc${bits(word, 5, 3)}`,
  z: word => `$scr${bits(word, 0, 2)}`,
  S: word => `$scr${bits(word, 5, 2)}`,
  N: word => hex(bits(word, 5, 5)),
  '3': word => hex(bits(word, 5, 3)),
  '1': word => hex(bits(word, 10, 1)),
  '2': word => hex(bits(word, 10, 2)),
  '8': word => hex(bits(word, 10, 8)),
  i: word => String(signed(word, 10, 12)),
  u: word => hex(bits(word, 10, 12)),
  p: word => String(signed(word, 10, 14) * 4),
  s: word => String(signed(word, 10, 16)),
  t: word => String(signed(word, 10, 16) * 4),
  l: word => String(signed(word, 5, 20)),
  c: word => hex(bits(word, 10, 14)),
  b: word => hex(bits(word, 0, 15)),
  '5': word => hex(bits(word, 10, 5)),
  '6': word => hex(bits(word, 10, 6)),
  // shift of alsl, one more than it says; byte of bytepick
  a: word => hex(bits(word, 15, 2) + 1),
  w: word => hex(bits(word, 15, 2)),
  y: word => hex(bits(word, 15, 3)),
  // bit fields: highest, lowest
  m: word => `${hex(bits(word, 16, 5))}, ${hex(bits(word, 10, 5))}`,
  M: word => `${hex(bits(word, 16, 6))}, ${hex(bits(word, 10, 6))}`,
}

/** Distances of branches, in bytes. */
const distances: Readonly<Record<string, (word: number) => number>> = {
  B: word => signed(word, 10, 16) * 4,
  Z: word => ((((bits(word, 0, 5) << 16) | bits(word, 10, 16)) << 11) >> 11) * 4,
  J: word => ((((bits(word, 0, 10) << 16) | bits(word, 10, 16)) << 6) >> 6) * 4,
}

/** Mnemonics of one form, from an opcode on in steps; `mask` says which bits are the opcode. */
const forms: readonly (readonly [mask: number, operands: string, first: number, step: number, names: string])[] = [
  [
    0xfffffc00,
    'dj',
    0x1000,
    0x400,
    'clo.w clz.w cto.w ctz.w clo.d clz.d cto.d ctz.d revb.2h revb.4h revb.2w revb.d revh.2w revh.d bitrev.4b bitrev.8b bitrev.w bitrev.d ext.w.h ext.w.b rdtimel.w rdtimeh.w rdtime.d cpucfg',
  ],
  [0xfffffc1c, 'zj', 0x800, 0, 'movgr2scr'],
  [0xffffff80, 'dS', 0xc00, 0, 'movscr2gr'],
  [0xffffff1f, '3', 0x7000, 0, 'x86mttop'],
  [0xffffffe0, 'd', 0x7400, 0, 'x86mftop'],
  [0xffffffff, '', 0x8008, 0x20, 'x86settm x86clrtm'],
  [0xfffe0000, 'djka', 0x40000, 0x20000, 'alsl.w alsl.wu'],
  [0xfffe0000, 'djkw', 0x80000, 0, 'bytepick.w'],
  [0xfffc0000, 'djky', 0xc0000, 0, 'bytepick.d'],
  [
    0xffff8000,
    'djk',
    0x100000,
    0x8000,
    'add.w add.d sub.w sub.d slt sltu maskeqz masknez nor and or xor orn andn sll.w srl.w sra.w sll.d srl.d sra.d',
  ],
  [
    0xffff8000,
    'djk',
    0x1b0000,
    0x8000,
    'rotr.w rotr.d mul.w mulh.w mulh.wu mul.d mulh.d mulh.du mulw.d.w mulw.d.wu div.w mod.w div.wu mod.wu div.d mod.d div.du mod.du',
  ],
  [0xffff8000, 'b', 0x2a0000, 0x8000, 'break dbcl syscall'],
  [0xffff8000, 'b', 0x2b8000, 0, 'hvcl'],
  [0xfffe0000, 'djka', 0x2c0000, 0, 'alsl.d'],
  [0xffff8000, 'dj5', 0x408000, 0x40000, 'slli.w srli.w srai.w rotri.w'],
  [0xffff0000, 'dj6', 0x410000, 0x40000, 'slli.d srli.d srai.d rotri.d'],
  [0xfffc03e0, 'd8', 0x5c0000, 0x20, 'x86mfflag x86mtflag'],
  [0xffe08000, 'djm', 0x600000, 0x8000, 'bstrins.w bstrpick.w'],
  [0xffc00000, 'djM', 0x800000, 0x400000, 'bstrins.d bstrpick.d'],
  [0xfffffc00, 'fj', 0x114a400, 0x400, 'movgr2fr.w movgr2fr.d movgr2frh.w'],
  [0xfffffc00, 'dg', 0x114b400, 0x400, 'movfr2gr.s movfr2gr.d movfrh2gr.s'],
  [0xfffffc00, 'ej', 0x114c000, 0, 'movgr2fcsr'],
  [0xfffffc00, 'dE', 0x114c800, 0, 'movfcsr2gr'],
  [0xfffffc18, 'qg', 0x114d000, 0, 'movfr2cf'],
  [0xffffff00, 'fQ', 0x114d400, 0, 'movcf2fr'],
  [0xfffffc18, 'qj', 0x114d800, 0, 'movgr2cf'],
  [0xffffff00, 'dQ', 0x114dc00, 0, 'movcf2gr'],
  [0xffc00000, 'dji', 0x2000000, 0x400000, 'slti sltui addi.w addi.d lu52i.d'],
  [0xffc00000, 'dju', 0x3400000, 0x400000, 'andi ori xori'],
  [0xff0003e0, 'dc', 0x4000000, 0x20, 'csrrd csrwr'],
  [0xff000000, 'djc', 0x4000000, 0, 'csrxchg'],
  [0xff0003e0, 'dc', 0x5000000, 0x20, 'gcsrrd gcsrwr'],
  [0xff000000, 'djc', 0x5000000, 0, 'gcsrxchg'],
  [0xffc00000, 'nji', 0x6000000, 0, 'cacop'],
  [0xfffc0000, 'dj8', 0x6400000, 0, 'lddir'],
  [0xfffc001f, 'j8', 0x6440000, 0, 'ldpte'],
  [
    0xfffffc00,
    'dj',
    0x6480000,
    0x400,
    'iocsrrd.b iocsrrd.h iocsrrd.w iocsrrd.d iocsrwr.b iocsrwr.h iocsrwr.w iocsrwr.d',
  ],
  [0xffffffff, '', 0x6482000, 0x400, 'tlbclr tlbflush tlbsrch tlbrd tlbwr tlbfill ertn'],
  [0xffff8000, 'b', 0x6488000, 0, 'idle'],
  [0xffff8000, 'njk', 0x6498000, 0, 'invtlb'],
  [0xfc000000, 'djs', 0x10000000, 0, 'addu16i.d'],
  [0xfe000000, 'dl', 0x14000000, 0x2000000, 'lu12i.w lu32i.d pcaddi pcalau12i pcaddu12i pcaddu18i'],
  [0xff000000, 'djp', 0x20000000, 0x1000000, 'll.w sc.w ll.d sc.d ldptr.w stptr.w ldptr.d stptr.d'],
  [0xffc00000, 'dji', 0x28000000, 0x400000, 'ld.b ld.h ld.w ld.d st.b st.h st.w st.d ld.bu ld.hu ld.wu'],
  [0xffc00000, 'nji', 0x2ac00000, 0, 'preld'],
  [0xffc00000, 'fji', 0x2b000000, 0x400000, 'fld.s fst.s fld.d fst.d'],
  [0xffc00000, 'vji', 0x2c000000, 0x400000, 'vld vst'],
  [0xffc00000, 'xji', 0x2c800000, 0x400000, 'xvld xvst'],
  [0xffff8000, 'djk', 0x38000000, 0x40000, 'ldx.b ldx.h ldx.w ldx.d stx.b stx.h stx.w stx.d ldx.bu ldx.hu ldx.wu'],
  // the swap that a processor refuses: how clang and GCC stop
  [0xfffffc1f, 'N', 0x38600400, 0, 'ud'],
  [
    0xffff8000,
    'dkj',
    0x38600000,
    0x8000,
    'amswap.w amswap.d amadd.w amadd.d amand.w amand.d amor.w amor.d amxor.w amxor.d ammax.w ammax.d ammin.w ammin.d ammax.wu ammax.du ammin.wu ammin.du amswap_db.w amswap_db.d amadd_db.w amadd_db.d amand_db.w amand_db.d amor_db.w amor_db.d amxor_db.w amxor_db.d ammax_db.w ammax_db.d ammin_db.w ammin_db.d ammax_db.wu ammax_db.du ammin_db.wu ammin_db.du',
  ],
  [0xffff8000, 'b', 0x38720000, 0x8000, 'dbar ibar'],
  [0xfc000000, 'jZ', 0x40000000, 0x4000000, 'beqz bnez'],
  [0xfc000000, 'djt', 0x4c000000, 0, 'jirl'],
  [0xfc000000, 'J', 0x50000000, 0x4000000, 'b bl'],
  [0xfffff800, 'vj1', 0x72ebf000, 0, 'vinsgr2vr.d'],
  [0xfffff800, 'dV1', 0x72eff000, 0, 'vpickve2gr.d'],
  [0xfffff000, 'xj2', 0x76ebe000, 0, 'xvinsgr2vr.d'],
  [0xfffff000, 'dX2', 0x76efe000, 0, 'xvpickve2gr.d'],
  [0xfffc0000, 'xX8', 0x77ec0000, 0, 'xvpermi.q'],
  [0xfc000000, 'jdB', 0x58000000, 0x4000000, 'beq bne blt bge bltu bgeu'],
]

/** What the GNU tools call differently when its operands are these. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^andi \$zero, \$zero, 0x0$/, 'nop'],
  [/^or (\$\w+), (\$\w+), \$zero$/, 'move $1, $2'],
  [/^jirl \$zero, \$ra, 0$/, 'ret'],
  [/^jirl \$zero, (\$\w+), 0$/, 'jr $1'],
  [/^(?:ori|addi\.w) (\$\w+), \$zero, /, 'li.w $1, '],
  [/^addi\.d (\$\w+), \$zero, /, 'li.d $1, '],
  [/^(blt|bge) (\$\w+), \$zero, /, '$1z $2, '],
  [/^blt \$zero, /, 'bgtz '],
  [/^bge \$zero, /, 'blez '],
]

interface Opcode {
  mask: number
  value: number
  name: string
  operands: string
}

const opcodes: readonly Opcode[] = forms.flatMap(([mask, operands, first, step, names]) =>
  names.split(' ').map((name, i) => ({ mask, value: first + i * step, name, operands })),
)

export const loongarchDisassembler: Disassembler = { decode }

function decode(code: Uint8Array, address: bigint): DecodedInstruction | undefined {
  if (code.length < 4) return undefined
  const word = (code[0]! | (code[1]! << 8) | (code[2]! << 16) | (code[3]! << 24)) >>> 0
  const opcode = opcodes.find(({ mask, value }) => (word & mask) >>> 0 === value)
  if (opcode === undefined) return undefined
  let target: bigint | undefined
  const parts = [...opcode.operands].map(letter => {
    const distance = distances[letter]?.(word)
    if (distance === undefined) return operands[letter]!(word)
    target = BigInt.asUintN(64, address + BigInt(distance))
    return `0x${target.toString(16)}`
  })
  const plain = parts.length === 0 ? opcode.name : `${opcode.name} ${parts.join(', ')}`
  const text = aliases.reduce((name, [pattern, alias]) => name.replace(pattern, alias), plain)
  return { bytes: 4, text, ...(target === undefined ? {} : { target }) }
}
