// What the address of a fault says of the pointer that was used. Each rule looks at one kind of address; index.ts has
// their order, and the first that knows the address speaks.

import { MAX_ERRNO, NULL_PAGE, specialValue } from '../localise/special-values.ts'
import type { Finding } from '../model.ts'
import { say } from '../say.ts'
import { errnoName } from './errno.ts'
import { type Evidence, hex, type NamedValue, plain, signed } from './evidence.ts'
import type { Rule } from './rule.ts'

const accessWords = { read: say`read`, write: say`written`, execute: say`executed` } as const

const accessOf = ({ report }: Evidence): string => accessWords[report.fault?.access ?? 'read']

/** Registers that hold this value. */
const holders = (evidence: Evidence, holds: (value: bigint) => boolean): NamedValue[] =>
  evidence.pointers.filter(({ value }) => holds(value))

/** ", and RAX is 0", where they are few. */
const zeros = (registers: readonly NamedValue[]): string =>
  registers.length === 1 ? say`, and ${names(registers)} is 0` : say`, and ${names(registers)} are 0`

const names = (registers: readonly NamedValue[]): string => registers.map(({ name }) => name).join(', ')

/** Faults where the kernel used a pointer of its own. */
const usesPointer = (evidence: Evidence): boolean => evidence.inKernel && evidence.report.fault?.access !== 'execute'

/** IS_ERR() was not asked: the value is an error number, or the address lies a little behind one. */
export const errorPointer: Rule = {
  name: 'error-pointer',
  explain(evidence) {
    const { faultAddress, wordBits, report } = evidence
    if (faultAddress === undefined || !usesPointer(evidence)) return undefined
    const fault = signed(faultAddress, wordBits)
    const isError = (value: bigint): boolean => {
      const number = -signed(value, wordBits)
      return number > 0n && number <= MAX_ERRNO
    }
    const numberOf = (value: bigint): number => Number(-signed(value, wordBits))
    const named = (value: bigint): string | undefined => errnoName(numberOf(value), report.arch)
    // The register holds the error, the fault is at a member of what should be there.
    const holding = holders(evidence, value => {
      const offset = fault - signed(value, wordBits)
      return isError(value) && offset >= 0n && offset < NULL_PAGE && named(value) !== undefined
    })
    const [register] = holding
    // Without a register that shows it, -1 to -4095 plus an offset is only told from the address when it is below zero.
    const value = register?.value ?? (isError(faultAddress) ? faultAddress : undefined)
    const name = value === undefined ? undefined : named(value)
    if (value === undefined || name === undefined) return undefined
    // A fault near zero has a simpler reason, unless only a register with an error explains it.
    if (fault >= 0n && holders(evidence, held => held === 0n).length > 0) return undefined
    const offset = fault - signed(value, wordBits)
    return {
      what: say`An error was used as a pointer: -${numberOf(value)}, ${name}`,
      because:
        register === undefined
          ? say`the address ${report.fault?.address} is -${numberOf(value)}`
          : say`${names(holding)} holds -${numberOf(value)} and the fault is ${hex(offset)} behind it`,
      evidence: [...evidence.faultLines, ...(register ? evidence.lineOf(register.name) : [])],
      confidence: register === undefined ? 'likely' : 'certain',
      next: say`Find the call whose result ${evidence.function ?? say`this function`} uses and check it with IS_ERR() before.`,
    }
  },
}

export const nullMember: Rule = {
  name: 'null-member',
  explain(evidence) {
    const { faultAddress, report } = evidence
    if (faultAddress === undefined || faultAddress >= NULL_PAGE || !usesPointer(evidence)) return undefined
    const holding = holders(evidence, value => value === 0n)
    const member =
      faultAddress === 0n
        ? say`its first member, or the pointer itself`
        : say`the member at offset ${hex(faultAddress)}`
    return {
      what: say`A NULL pointer was used: ${member} was to be ${accessOf(evidence)}`,
      because:
        faultAddress === 0n
          ? say`the fault is at address 0`
          : say`the fault is at ${hex(faultAddress)}, less than a page behind NULL${holding.length > 0 && holding.length <= 4 ? zeros(holding) : ''}`,
      evidence: evidence.faultLines,
      confidence: report.kind === 'null-dereference' ? 'certain' : 'likely',
      next: say`Look in ${evidence.function ?? say`this function`} for the pointer to a struct with a member at ${hex(faultAddress)}, and for who leaves it NULL.`,
    }
  },
}

/** arch/x86/mm/kasan_init_64.c: an address is checked at (address >> 3) + KASAN_SHADOW_OFFSET before it is used. */
const shadowOffsets: Partial<Record<string, readonly bigint[]>> = {
  x86_64: [0xdffffc0000000000n],
  // arch/arm64/Kconfig, KASAN_SHADOW_OFFSET for 48 bits: now, from v5.4 to v5.10, before
  arm64: [0xdfff800000000000n, 0xdfffa00000000000n, 0xdfff200000000000n],
}

export const shadowOfKasan: Rule = {
  name: 'kasan-shadow',
  explain(evidence) {
    const { faultAddress, report } = evidence
    const bases = (shadowOffsets[report.arch ?? ''] ?? []).map(shadow => ((faultAddress ?? 0n) - shadow) << 3n)
    const base = bases.find(each => each >= 0n && each < 2n * NULL_PAGE)
    if (faultAddress === undefined || base === undefined) return undefined
    return {
      what: say`A NULL pointer was used: a member at offset ${hex(base)} to ${hex(base + 7n)}`,
      because: say`KASAN looked for the shadow of that address at ${report.fault?.address}, which is no address`,
      evidence: evidence.faultLines,
      confidence: 'certain',
      next: say`Look in ${evidence.function ?? say`this function`} for the pointer to a struct with such a member, and for who leaves it NULL.`,
    }
  },
}

/** The fault's address, or where that is not printed a register, is a value that the kernel puts there to fail. */
export const poison: Rule = {
  name: 'poison',
  explain(evidence) {
    const { faultAddress, wordBits, report } = evidence
    if (!evidence.inKernel) return undefined
    const exact = faultAddress === undefined ? undefined : specialValue(faultAddress, wordBits)
    if (exact !== undefined) {
      const behind =
        exact.offset === 0n ? '' : exact.offset > 0n ? ` + ${hex(exact.offset)}` : ` - ${hex(-exact.offset)}`
      return {
        what: capital(exact.value.means),
        because: say`the address ${report.fault?.address} is ${exact.value.name + behind}`,
        evidence: evidence.faultLines,
        confidence: 'certain',
        next: exact.value.next,
      }
    }
    if (!wildKinds.has(report.kind) || faultAddress !== undefined) return undefined
    for (const { name, value } of evidence.pointers) {
      const held = value < NULL_PAGE ? undefined : specialValue(value, wordBits)
      if (held === undefined) continue
      return {
        what: capital(held.value.means),
        because: say`${name} holds ${report.registers?.[name]}, ${held.value.name}`,
        evidence: evidence.lineOf(name),
        confidence: 'likely',
        next: held.value.next,
      }
    }
    return undefined
  },
}

const wildKinds = new Set(['general-protection', 'page-fault', 'stack-segment', 'oops', 'unaligned', 'bus-error'])

/** Letters, digits and what stands between them in names. */
const printable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

/** A pointer was overwritten by text: all its bytes are characters. */
export const textAsPointer: Rule = {
  name: 'text-as-pointer',
  explain(evidence) {
    const { faultAddress, wordBits, report } = evidence
    if (faultAddress === undefined || !wildKinds.has(report.kind) || !usesPointer(evidence)) return undefined
    const bytes = Array.from({ length: wordBits / 8 }, (_, at) => Number((faultAddress >> BigInt(8 * at)) & 0xffn))
    if (!bytes.every(printable) || new Set(bytes).size < 4) return undefined
    if (bytes.filter(byte => /[\w./:-]/.test(String.fromCharCode(byte))).length < bytes.length - 1) return undefined
    const text = String.fromCharCode(...bytes)
    return {
      what: say`A pointer was overwritten by text: "${text}"`,
      because: say`every byte of the address ${report.fault?.address} is a character, read in the order of little-endian memory`,
      evidence: evidence.faultLines,
      confidence: wordBits === 64 ? 'likely' : 'possible',
      next: say`Search the code and the data in use for this text, and for a copy beyond the end of an array next to the pointer.`,
    }
  },
}

/** "swapper pgtable: 4k pages, 48-bit VAs, pgdp=…", of arm64. */
const addressBits = /\b(?<bits>\d\d)-bit VAs/

/** Addresses of the kernel have so many bits that are not all one; those above are. */
function signBits(evidence: Evidence): number | undefined {
  const { arch } = evidence.report
  if (arch === 'x86_64') return 47
  if (arch !== 'arm64') return undefined
  // Without the line the kernel may be built for 52 bits.
  return Number(evidence.find(addressBits)?.match.groups?.['bits'] ?? 52)
}

/** All bits above those of an address are one in the kernel's half; here one of them is not. */
export const flippedBit: Rule = {
  name: 'flipped-bit',
  explain(evidence) {
    const { faultAddress, wordBits, report } = evidence
    const width = signBits(evidence)
    if (faultAddress === undefined || wordBits !== 64 || width === undefined || !usesPointer(evidence)) return undefined
    const repaired = faultAddress | (((1n << BigInt(64 - width)) - 1n) << BigInt(width))
    const wrong = (repaired ^ faultAddress).toString(2)
    if (wrong.replaceAll('0', '') !== '1') return undefined
    const bit = wrong.length - 1
    // The highest byte of arm64's is a tag, or with KASAN that of a shadow's address.
    if (report.arch === 'arm64' && bit >= 56) return undefined
    return {
      what: say`One bit of a kernel pointer is wrong: bit ${bit}`,
      because: say`${report.fault?.address} is no address, and with bit ${bit} set it is ${hex(repaired)}, an address of the kernel`,
      evidence: evidence.faultLines,
      confidence: 'possible',
      next: say`If this machine has had other strange failures, test its memory before the code is searched.`,
    }
  },
}

/** Where the low half belongs to user space. Documentation/arch/x86/x86_64/mm.rst and its like. */
const userEnd: Partial<Record<string, bigint>> = {
  x86_64: 1n << 47n,
  arm64: 1n << 48n,
  powerpc64: 1n << 52n,
  riscv64: 1n << 38n,
  loongarch64: 1n << 47n,
  i386: 0xc0000000n,
  arm: 0x7f000000n,
}

/** The kernel touched memory of a process as if it were its own. */
export const userMemory: Rule = {
  name: 'user-memory',
  explain(evidence) {
    const { faultAddress, report } = evidence
    const end = userEnd[report.arch ?? '']
    if (faultAddress === undefined || faultAddress < NULL_PAGE || end === undefined || faultAddress >= end)
      return undefined
    if (!usesPointer(evidence) || !['page-fault', 'oops'].includes(report.kind)) return undefined
    const told = evidence.find(
      /exploit attempt\?|attempted to (?:read|write|execute|access) user page|SMAP|access to user memory outside uaccess/i,
    )
    // A small number is more likely a damaged pointer than an address of a program.
    if (told === undefined && faultAddress < 0x10000n) return undefined
    return {
      what: say`The kernel used an address of user space as a pointer of its own`,
      because:
        told === undefined
          ? say`${report.fault?.address} lies in the half of the address space that belongs to programs`
          : told.match[0],
      evidence: [...evidence.faultLines, ...(told ? [told.line] : [])],
      confidence: told === undefined ? 'possible' : 'likely',
      next: say`Take a pointer that came from a program only with copy_from_user(), get_user() and their like; or find who damaged the pointer.`,
    }
  },
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A null function pointer was called, or one into data. */
export const badJump: Rule = {
  name: 'bad-jump',
  explain(evidence) {
    const { report, faultAddress } = evidence
    if (!evidence.inKernel) return undefined
    const executed = report.fault?.access === 'execute'
    const pc = report.pc
    const target = pc?.address === undefined ? (executed ? faultAddress : undefined) : BigInt(pc.address)
    const atNull = target !== undefined && target < NULL_PAGE
    if (!executed && !(atNull && pc?.symbol === undefined)) return undefined
    const caller = plain(
      evidence.frames.find(frame => frame.symbol !== undefined && frame.symbol !== pc?.symbol)?.symbol,
    )
    const by = caller === undefined ? '' : say` by ${caller}`
    const finding = {
      evidence: evidence.faultLines,
      next: say`Find the call through a pointer in ${caller ?? say`the caller`}: an operation that was not set, or a struct that was freed or overwritten.`,
    }
    const end = userEnd[report.arch ?? '']
    const at = report.fault?.address ?? pc?.address ?? say`an unknown address`
    const ofProgram = target !== undefined && end !== undefined && target < end
    if (atNull) {
      return {
        ...finding,
        what: say`A NULL function pointer was called${by}`,
        because: say`the program counter is ${hex(target)}`,
        confidence: 'certain',
      } satisfies Finding
    }
    return {
      ...finding,
      what: ofProgram
        ? say`Code of a program was to be executed by the kernel${by}`
        : say`Memory that is no code was to be executed${by}`,
      because:
        pc?.symbol === undefined
          ? say`the fault is an instruction fetch at ${at}`
          : say`the fault is an instruction fetch at ${at}, in ${pc.symbol}`,
      confidence: 'certain',
    }
  },
}
