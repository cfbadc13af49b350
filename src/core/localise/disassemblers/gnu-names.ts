// Where the libraries write an instruction in another way than the GNU tools, whose way people know from objdump: names that
// only one of them has, and short forms that only objdump uses.
//
// How to add one: a row, and a look at what tests/slow/disassembly.test.ts says of the others.

import type { InstructionSet } from '../instruction-set.ts'

type Rewrite = readonly [pattern: RegExp, to: string | ((...parts: string[]) => string)]

const number = (text: string): number => Number(text)
const hex = (value: number): string => `0x${value.toString(16)}`

/** A number of so many bits, the highest of them its sign. */
const signed = (text: string, bits: number): number => (number(text) << (32 - bits)) >> (32 - bits)

/** Conditions of s390's compare-and-branch: objdump says what they are not. */
const s390Conditions: Record<string, string> = { lh: 'ne', le: 'nh', he: 'nl' }

const rewrites: Partial<Record<InstructionSet['name'], readonly Rewrite[]>> = {
  x86: [
    [/^(call|jmp)q (?=\*)/, '$1 '],
    // A multiplication by a constant has three operands, though two may be the same.
    [/^(imul[wlq]?) (\$\w{1,20}),(%\w{2,4})$/, '$1 $2,$3,$3'],
    [
      /^((?:rep\w{0,2} )?(?:stos|movs|cmps|scas|lods|ins|outs)[bwlq]? )(.{1,60})$/,
      (_, head = '', operands = '') =>
        head + operands.replace(/(^|,)\((%[er]?di)\)/, '$1%es:($2)').replace(/(^|,)\((%[er]?si)\)/, '$1%ds:($2)'),
    ],
  ],
  arm: [
    [/^(\w{1,16})lo\b/, '$1cc'],
    [/^(\w{1,16})hs\b/, '$1cs'],
    [/\bsb\b/g, 'r9'],
    [/^str(\w{0,2}) (\w{1,3}), \[sp, #-4\]!$/, 'push$1 {$2}'],
    [/^ldr(\w{0,2}) (\w{1,3}), \[sp\], #4$/, 'pop$1 {$2}'],
    [/^nop$/, 'nop {0}'],
    [/^stm((?:[a-z]{2})?) (?=\w{1,3}!)/, 'stmia$1 '],
    // The second register of a pair follows from the first.
    [/^((?:ldr|str)d\w{0,2} \w{1,3}), \w{1,3}, (?=\[)/, '$1, '],
    [/^(ldrexd\w{0,2} \w{1,3}), \w{1,3}, (?=\[)/, '$1, '],
    [/^(strexd\w{0,2} \w{1,3}, \w{1,3}), \w{1,3}, (?=\[)/, '$1, '],
    [/^(mrs\w{0,2} \w{1,3}), apsr$/, '$1, cpsr'],
    [
      /^(m[rc][rc]\w{0,2}) p(\d{1,2}), #(\d), (\w{1,3}), c(\d{1,2}), c(\d{1,2}), #(\d)$/,
      '$1 $2, $3, $4, cr$5, cr$6, {$7}',
    ],
    [/#0x([89a-f][0-9a-f]{7})$/, (_, digits = '0') => `#-${hex(2 ** 32 - Number.parseInt(digits, 16))}`],
  ],
  arm64: [
    [/^b[.]lo\b/, 'b.cc'],
    [/^b[.]hs\b/, 'b.cs'],
    [/, lo$/, ', cc'],
    [/, hs$/, ', cs'],
    [
      /^(mov w\d{1,2}), #-(0x[0-9a-f]{1,8}|\d{1,10})$/,
      (_, head = '', value = '0') => `${head}, #${hex(2 ** 32 - number(value))}`,
    ],
  ],
  powerpc: [
    [/^sync$/, 'hwsync'],
    [/^or(\.?) (r?\d{1,2}), (r?\d{1,2}), \3$/, 'mr$1 $2, $3'],
    [
      /^rldicl (r?\d{1,2}, r?\d{1,2}), (\w{1,4}), (\w{1,4})$/,
      (all, registers = '', rotate = '0', begin = '0') =>
        number(rotate) + number(begin) === 64 && number(begin) > 0 ? `srdi ${registers}, ${begin}` : all!,
    ],
    [
      /^rlwinm (r?\d{1,2}, r?\d{1,2}), 0, 0, (\w{1,4})$/,
      (_, registers = '', end = '0') => `clrrwi ${registers}, ${31 - number(end)}`,
    ],
    [
      /^rldicr (r?\d{1,2}, r?\d{1,2}), 0, (\w{1,4})$/,
      (_, registers = '', end = '0') => `clrrdi ${registers}, ${63 - number(end)}`,
    ],
  ],
  mips: [
    [/([ ,])\(\$/, '$10($'],
    [/\$fp\b/g, '$s8'],
    [/^d?addiu (\$\w{1,4}), \$zero, /, 'li $1, '],
    [
      /^dinsu (\$\w{1,4}, \$\w{1,4}), (\w{1,4}), (\w{1,4})$/,
      (_, registers = '', position = '0', size = '0') => `dins ${registers}, ${hex(number(position) + 32)}, ${size}`,
    ],
  ],
  riscv: [
    // The 16-bit forms have the names of what they stand for; their target is an operand too.
    [/^c[.](nop|unimp|ebreak|j|jr|jalr|mv|li|lui|beqz|bnez|f?[ls][wd])\b/, '$1'],
    [/^c[.](f?[ls][wd])sp /, '$1 '],
    [/^c[.]addi(?:16sp|4spn) (?=\w{1,4}, sp, )/, 'addi '],
    [/^c[.]addi16sp sp, /, 'addi sp, sp, '],
    [/^c[.](\w{2,5}) (\w{1,4}), /, '$1 $2, $2, '],
    [/^addiw (\w{1,4}), (\w{1,4}), 0$/, 'sext.w $1, $2'],
    [/^andi (\w{1,4}, \w{1,4}), (?:255|0xff)$/, 'zext.b $1'],
    [/^(csr\w{1,3} .{0,6})\b(?:266|0x10a)\b/, '$1senvcfg'],
    [/^csrr (\w{1,4}), (?:3106|0xc22)$/, 'csrr $1, vlenb'],
    [/^jalr (\w{1,4}), (\w{1,4}), (-?\w{1,6})$/, 'jalr $1, $3($2)'],
    [/^addi (\w{1,4}), zero, /, 'li $1, '],
    [/^jalr zero, /, 'jr '],
    [/^jalr ra, /, 'jalr '],
    [/^jr ra$/, 'ret'],
  ],
  sparc: [
    [/\[(%\w{1,3})\+([%\w-]{1,18})\]/g, '[ $1 + $2 ]'],
    [/\[(%\w{1,3})\]/g, '[ $1 ]'],
    [/^(jmp|call|return|rett|flush) (%\w{1,3})\+/, '$1 $2 + '],
    [/^rett /, 'return '],
    [/^(sethi )(\w{1,8})\b/, (_, head = '', value = '0') => `${head}%hi(${hex(number(value) * 1024)})`],
    [/^ba(?=[, ])/, 'b'],
    [/^mov 0, ?(?=%)/, 'clr '],
    [/^st([bhx]?) %g0, ?(?=\[)/, 'clr$1 '],
    [/^add (%\w{2}), ?1, ?\1$/, 'inc $1'],
    [/^addcc (%\w{2}), ?1, ?\1$/, 'inccc $1'],
    [/^sub (%\w{2}), ?1, ?\1$/, 'dec $1'],
    [/^subcc (%\w{2}), ?1, ?\1$/, 'deccc $1'],
    [/^sub %g0, ?(%\w{2}), ?\1$/, 'neg $1'],
    [/^sub %g0, ?(?=%\w{2}, ?%)/, 'neg '],
    [/^andcc (%\w{2}), ?(%\w{2}), ?%g0$/, 'btst $1, $2'],
    [/^andcc (%\w{2}), ?([-\w]{1,6}), ?%g0$/, 'btst $2, $1'],
    [/^(f?movr[sdq]?)nz /, '$1ne '],
    [/^(f?movr[sdq]?)z /, '$1e '],
    [/^fzero /, 'fzerod '],
    // Numbers with a sign that Capstone takes for plain ones.
    [/^(movr\w{1,3} %\w{2}, ?)(\w{1,6})(?=,)/, (_, head = '', value = '0') => head + signed(value, 10)],
    [/^(mov\w{1,3} %[fix]cc\d?, ?)(\w{1,6})(?=,)/, (_, head = '', value = '0') => head + signed(value, 11)],
    [/^([su]divx %\w{2}, ?)(\w{1,6})(?=,)/, (_, head = '', value = '0') => head + signed(value, 13)],
    [/^(add|sub)x(cc)? /, '$1c$2 '],
    [/^unimp /, 'illtrap '],
    [/^(t\w{1,3}) %[ix]cc, ?%g0 ?\+ ?/, '$1 '],
  ],
  s390x: [
    [/^bcr 0, (?=%)/, 'nopr '],
    [/^brcl 0, /, 'jgnop '],
    [/^bc 0, 0$/, 'nop'],
    [/^bc 0, /, 'nop '],
    [
      /^risbg (%r\d{1,2}, %r\d{1,2}, \w{1,4}), (\w{1,4}), /,
      (all, head = '', end = '0') => (number(end) >= 128 ? `risbgz ${head}, ${number(end) - 128}, ` : all!),
    ],
    [/^(r\w{1,2}sb\w{1,3} %r\d{1,2}, %r\d{1,2}, \w{1,4}, \w{1,4}), 0$/, '$1'],
    [/^(cl?g?[ir]j)(lh|le|he) /, (_, head = '', condition = '') => `${head}${s390Conditions[condition]} `],
  ],
}

/** An instruction as objdump writes it. */
export function gnuText(set: InstructionSet['name'], text: string): string {
  return (rewrites[set] ?? []).reduce(
    (name, [pattern, to]) => (typeof to === 'string' ? name.replace(pattern, to) : name.replace(pattern, to)),
    text,
  )
}
