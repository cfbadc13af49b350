// "NULL pointer dereference, address: 0x28" in a function that takes a struct file: the member at 0x28 of what it was
// given. The types come from BTF, so that a kernel image is enough.

import { FormatError } from '../bytes/cursor.ts'
import type { Btf } from '../formats/btf/btf.ts'
import { structAt } from '../formats/btf/members.ts'
import { strip, typeName } from '../formats/btf/type-names.ts'
import type { Finding, Report } from '../model.ts'
import { say } from '../say.ts'
import type { SymbolSource } from './name-addresses.ts'

/** Above it an address is no member's offset: one page. */
const PAGE = 4096n
/** A reader compares a few. */
const MAX_ARGUMENTS = 4
const MAX_MEMBERS = 3

interface Hint {
  argument: string
  type: string
  members: string
}

/** The same by the types that the image of the report's kernel has. Torn types leave the rest of the image usable. */
export async function hintMembersByImage(report: Report, { kernel, file }: SymbolSource): Promise<void> {
  // An image is opened only for what can have a hint.
  if (kernel === undefined || memberOffset(report) === undefined || report.pc?.symbol === undefined) return
  try {
    const types = await (await kernel()).btf()
    if (types !== undefined) hintMembers(report, types, file)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
}

/** The fault's address where it may be a member's offset. */
function memberOffset({ fault, severity }: Report): bigint | undefined {
  if (fault?.address === undefined || severity === 'user') return undefined
  const address = BigInt(fault.address)
  return address > 0n && address < PAGE ? address : undefined
}

/** Adds a finding where the fault is at an offset that arguments of the function have members at. */
export function hintMembers(report: Report, btf: Btf, file: string): void {
  const address = memberOffset(report)
  const name = plainName(report.pc?.symbol)
  if (address === undefined || name === undefined) return
  const hints = hintsOf(btf, name, Number(address))
  if (hints.length === 0) return
  const offset = `0x${address.toString(16)}`
  const evidence = report.findings?.[0]?.evidence ?? [report.lines.first]
  const finding: Finding = {
    what: say`The member at ${offset} would be ${hints.map(({ argument, members }) => `${argument}->${members}`).join(', or ')}`,
    because: say`${name} takes ${hints.map(({ argument, type }) => `${type}${argument}`).join(', ')}: by the types of ${file}`,
    evidence: [...evidence],
    confidence: 'possible',
    next: say`See whether ${hints.map(({ argument }) => argument).join(' or ')} can be NULL in ${name}; other pointers of the function may have a member there too.`,
  }
  report.findings = [...(report.findings ?? []), finding]
}

/** Without what the compiler puts behind it: .isra.0, .constprop.0, .part.0, .cold. */
const plainName = (symbol: string | undefined): string | undefined => symbol?.split('.', 1)[0]

/** Of each pointer to a struct that the function takes, the members at the offset. */
function hintsOf(btf: Btf, name: string, offset: number): Hint[] {
  // Static functions of one name may take other things: then nobody knows which one it was.
  const functions = btf.named(name, 'function')
  const [only] = functions
  if (only === undefined || functions.some(each => typeName(btf, each) !== typeName(btf, only))) return []
  const hints: Hint[] = []
  for (const { name: argument, type } of btf.arguments(btf.target(only))) {
    const pointer = strip(btf, type)
    if (btf.kind(pointer) !== 'pointer' || argument === '') continue
    const target = strip(btf, btf.target(pointer))
    if (btf.kind(target) !== 'struct' && btf.kind(target) !== 'union') continue
    const { members } = structAt(btf, target, offset)
    if (members.length === 0) continue
    const paths = members.slice(0, MAX_MEMBERS).map(({ path }) => path)
    hints.push({
      argument,
      type: typeName(btf, type),
      members: `${paths.join(' / ')}${members.length > MAX_MEMBERS ? ' / …' : ''}`,
    })
    if (hints.length === MAX_ARGUMENTS) break
  }
  return hints
}
