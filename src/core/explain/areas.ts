// Where in the kernel's address space the fault was, and what it means that nothing is there.

import { type AreaKind, areaOf } from '../arch/areas.ts'
import { archByName } from '../arch/index.ts'
import { NULL_PAGE } from '../localise/special-values.ts'
import type { Report } from '../model.ts'
import { say } from '../say.ts'
import { addressOf, type Evidence, hex } from './evidence.ts'
import type { Rule } from './rule.ts'

const missing: Record<AreaKind, { what: string; next: string }> = {
  'direct map': {
    what: say`Memory that the machine does not have, or that is kept unmapped, was used through the direct map`,
    next: say`Suspect a damaged pointer or page frame number; with debug_pagealloc=on or secret memory also one that was freed.`,
  },
  vmalloc: {
    what: say`Memory of vmalloc() or ioremap() was used where none is mapped`,
    next: say`Look for a use after vfree() or iounmap(), and for a step beyond the end of such a piece: an unmapped page guards it.`,
  },
  'page structs': {
    what: say`The struct page of memory that does not exist was used`,
    next: say`Look for where the page frame number comes from: pfn_valid() or virt_addr_valid() would say no to it.`,
  },
  'KASAN shadow': {
    what: say`The shadow of an address that is none was looked up: the address itself is wild`,
    next: say`Shift the address back ((shadow - offset) << 3) to see which pointer was meant.`,
  },
  'entry stacks': {
    what: say`The stacks and tables of the entry code were touched where they end`,
    next: say`Look for an overflow of an exception stack, or for code that keeps addresses of the entry area.`,
  },
  'kernel image': {
    what: say`A part of the kernel itself was used that is not mapped, or not so`,
    next: say`Look for a write to read-only data, and for memory of __init that was freed after boot.`,
  },
  modules: {
    what: say`An address of modules was used where none is loaded`,
    next: say`Suspect a damaged pointer, or a module that was unloaded while a timer, a work item or a callback of it was still to run.`,
  },
  fixmap: {
    what: say`A fixed mapping was used that is not set up`,
    next: say`Look for a use of kmap_local or early mappings after they were taken back.`,
  },
  uncached: {
    what: say`A device did not answer: the address is of input and output memory`,
    next: say`Look whether the device was without power or clock, or its window is not decoded.`,
  },
  hole: {
    what: say`A pointer that is no address at all was used: it is neither of the kernel nor of a program`,
    next: say`Suspect that it was overwritten, or was read from memory that is no pointer; see which register holds it.`,
  },
}

/** KASAN and its like report memory that is there. */
const kinds = new Set(['page-fault', 'oops', 'general-protection', 'bus-error', 'external-abort'])

export const unmappedArea: Rule = {
  name: 'unmapped-area',
  explain(evidence) {
    const { faultAddress, report } = evidence
    if (faultAddress === undefined || faultAddress < NULL_PAGE || !evidence.inKernel) return undefined
    if (!kinds.has(report.kind) || report.fault?.access === 'execute') return undefined
    const area = areaOf(report.arch, report.arch === 'arm64' ? untagged(faultAddress) : faultAddress)
    if (area === undefined || ofStack(evidence, faultAddress) !== undefined) return undefined
    const protection =
      area.kind !== 'hole' && /permission|protection|read-?only/i.test((report.fault?.decoded ?? []).join(' '))
    const known = missing[area.kind]
    if (protection) {
      return {
        what: say`Memory was used in a way that it is mapped not to be: the ${area.kind}`,
        because: say`${report.fault?.address} is there, and the processor says: ${report.fault?.decoded?.join(', ')}`,
        evidence: evidence.faultLines,
        confidence: 'likely',
        next: say`Look for a write to what is const, __ro_after_init or code, through a pointer that drops the const.`,
      }
    }
    return {
      what: known.what,
      because:
        area.kind === 'hole'
          ? say`${report.fault?.address} lies between ${hex(area.first)} and ${hex(area.last)}`
          : say`${report.fault?.address} lies between ${hex(area.first)} and ${hex(area.last)}, the ${area.kind} of ${report.arch}`,
      evidence: evidence.faultLines,
      confidence: 'possible',
      next: known.next,
    }
  },
}

/** arm64 may keep a tag in the highest byte: bit 55 says which half it is of. */
const untagged = (address: bigint): bigint =>
  (address >> 55n) & 1n ? address | (0xffn << 56n) : address & ~(0xffn << 56n)

const PAGE = 4096n

/** How far under the stack pointer a fault is the stack's own: a push, or a frame that is just being made. */
const STACK_REACH = 2n * PAGE

/** The stack pointer's name in the report's registers. */
function stackPointerOf({ arch, registers = {} }: Report): string | undefined {
  const role = arch && archByName(arch)?.roles.stackPointer
  if (role === undefined || role in registers) return role
  return Object.keys(registers).find(each => each.toLowerCase() === role.toLowerCase())
}

/** The stack pointer where the fault is at the end of the stack that it is on. */
function ofStack({ report }: Evidence, fault: bigint): bigint | undefined {
  const name = stackPointerOf(report)
  const pointer = name === undefined ? undefined : addressOf(report.registers?.[name])
  if (!pointer) return undefined
  // The page below a stack is not mapped (CONFIG_VMAP_STACK): the fault is there, and the stack pointer at it or just above.
  const below = pointer - fault
  return below >= -PAGE && below <= STACK_REACH && fault / PAGE !== pointer / PAGE ? pointer : undefined
}

/** "Process sh (pid: 85, stack limit = 0x3e2cb9ed)", of arm, arm64, sh and others. */
const limits = /stack limit = (?:0x)?(?<limit>[0-9a-f]{8,16})/

/** What is left of a stack that has not overflowed: thread_info, or the magic number at its end. */
const LEAST_LEFT = 512n

export const stackBounds: Rule = {
  name: 'stack-bounds',
  explain(evidence) {
    const { report, faultAddress } = evidence
    if (!evidence.inKernel) return undefined
    const name = stackPointerOf(report)
    const pointer = name === undefined ? undefined : addressOf(report.registers?.[name])
    const told = pointer === undefined ? undefined : evidence.find(limits)
    const limit = told && BigInt(`0x${told.match.groups!['limit']}`)
    const next = say`Look for recursion, large local arrays and long chains of drivers in the trace; scripts/checkstack.pl lists the largest frames.`
    // Newer kernels print a hash of the limit: then it is nowhere near.
    if (pointer !== undefined && limit !== undefined && pointer >= limit - 16n * PAGE && pointer < limit + LEAST_LEFT) {
      return {
        what: say`The stack has overflowed, or is about to`,
        because: say`${name} is ${hex(pointer)}, ${pointer < limit ? say`${limit - pointer} bytes below` : say`only ${pointer - limit} bytes above`} the stack's limit`,
        evidence: [told!.line, ...evidence.lineOf(name!)],
        confidence: pointer < limit ? 'certain' : 'likely',
        next,
      }
    }
    if (faultAddress === undefined || report.kind !== 'page-fault' || report.fault?.access === 'execute')
      return undefined
    const at = ofStack(evidence, faultAddress)
    if (at === undefined || at % PAGE > STACK_REACH) return undefined
    const under = faultAddress < at
    return {
      what: under
        ? say`The page that guards the end of the stack was touched: the stack overflowed, or an array on it was left`
        : say`Memory behind the beginning of the stack was touched: an array on it was left`,
      because: say`the fault is at ${report.fault?.address}, in another page than the stack pointer ${hex(at)} and next to it`,
      evidence: [...evidence.faultLines, ...(name ? evidence.lineOf(name) : [])],
      confidence: 'likely',
      next: under
        ? next
        : say`Look in the innermost function for an index or a length that goes beyond a local array, or a walk of the stack.`,
    }
  },
}

/** include/linux/poison.h, POISON_FREE_INITMEM; arch/arm fills with an undefined instruction instead. */
const freedInit = /^(?:cc(?: cc)+|e7fddef0(?: e7fddef0)+)$/

export const freedInitMemory: Rule = {
  name: 'freed-init-memory',
  explain(evidence) {
    const { code, pc } = evidence.report
    if (!evidence.inKernel || code === undefined || code.faultIndex === undefined) return undefined
    if (!code.bytes.startsWith('cc', code.faultIndex * (2 * code.unitBytes + 1)) && code.unitBytes === 1)
      return undefined
    // Between functions x86 stands int3 too, but not so much of it.
    const from = code.bytes.split(' ').slice(code.faultIndex)
    if (from.length < 8 / code.unitBytes || !freedInit.test(from.join(' '))) return undefined
    const line = evidence.find(/Code: /)?.line
    return {
      what:
        pc?.symbol === undefined
          ? say`Code of __init was called after it was freed`
          : say`Code of __init was called after it was freed: ${pc.symbol}`,
      because: say`the code there is what the kernel fills freed init memory with (POISON_FREE_INITMEM)`,
      evidence: [line ?? evidence.report.lines.first],
      confidence: 'likely',
      next: say`Find who calls or keeps a pointer to a function or data marked __init; modpost warns of it as a section mismatch.`,
    }
  },
}
