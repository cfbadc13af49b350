// Stack frames as every architecture has printed them. kernel/kallsyms.c sprint_symbol(): "fn+0x12/0x34 [mod buildid]".

import { fromKlogd } from '../../arch/index.ts'
import type { Frame } from '../../model.ts'

/** A line holds at most this many frames (2.4 put several addresses on one line). */
const MAX_FRAMES_PER_LINE = 16

const symbol = String.raw`(?<symbol>[A-Za-z_$.][\w.$]{0,255})\+0x(?<offset>[0-9a-f]{1,16})(?:/0x(?<size>[0-9a-f]{1,16}))?`
const moduleTag = String.raw`(?: \[(?<module>[\w-]+)(?: (?<buildId>[0-9a-f]{16,40}))?\])?`

// x86 since 4.10, riscv, most of today:   " vfs_write+0xc7/0x3f0", " ? fl_run+0x30/0x51a [fltrig]"
// x86 before, mips, s390, arm64 before:   " [<ffffffff81012345>] ? fn+0x12/0x34 [mod]"
// powerpc: "[c000000003d6fa10] [c000000000a1d2b4] dump_stack_lvl+0x74/0xa8 (unreliable)"
// symbolised by decode_stacktrace.sh or syz-symbolize: " fn+0x12/0x34 mm/slab.c:123"
// (without names: most lines of a report are such, and an object of named groups takes longer than the match)
const plain = new RegExp(
  String.raw`^\s*(?:[-=]+>\s*)?((?:\(?\[<?(?:0x)?(?:[0-9a-f]{4,16}|\(_*ptrval_*\)|[A-Za-z_][\w.:-]{0,100}\+\d{1,9}\/\d{1,9})>?\]\)?\s*){0,2})(\?\s+)?(?:\d+:)?` +
    (symbol + moduleTag).replaceAll(/\?<\w+>/g, '') +
    '(.*)$',
)

// "  __dump_stack lib/dump_stack.c:17 [inline]" and, from newer scripts, " fn (fs/file.c:12:3)" / "fn (./inc/x.h:1)"
const inlined =
  /^\s*(?:\[<?[0-9a-f]{8,16}>?\]\s*)?(?<guess>\?\s+)?(?<symbol>[A-Za-z_][\w.$]*) (?<file>[\w./+-]+\.(?:c|h|S|rs)):(?<line>\d{1,7}) \[inline\]/
const located =
  /^\s*(?<guess>\?\s+)?(?<symbol>[A-Za-z_][\w.$]*) \((?<file>[\w./+-]+\.(?:c|h|S|rs)):(?<line>\d{1,7})(?::(?<column>\d{1,7}))?(?: \(discriminator \d+\))?\)(?: (?<module>\w[\w-]*))?\s*$/
const sourceFile = /\.(?:c|h|S|rs):/
const placeTail = /^ \(?(?<file>[\w./+-]+\.(?:c|h|S|rs)):(?<line>\d{1,7})\)?/

// arch/arm/kernel/traps.c dump_backtrace_entry(): "[<c010f5d4>] (unwind_backtrace) from [<c010b9d8>] (show_stack+0x10/0x14)"
const armOld =
  /^\s*(?:Function entered at )?\[<(?<address>[0-9a-f]{8})>\] \((?<callee>[\w.$]+)(?:\+0x(?<calleeOffset>[0-9a-f]+)\/0x(?<calleeSize>[0-9a-f]+))?(?: \[[\w-]+\])?\) from \[<(?<caller>[0-9a-f]{8})>\] \((?:(?<symbol>[A-Za-z_$][\w.$]*)(?:\+0x(?<offset>[0-9a-f]+)\/0x(?<size>[0-9a-f]+))?(?: \[(?<module>[\w-]+)\])?|0x[0-9a-f]+)\)/
// since 6.0: " show_stack from dump_stack_lvl+0x40/0x4c [mod]"
const armNew = new RegExp(
  String.raw`^\s*(?<callee>[A-Za-z_][\w.$]*)(?: \[(?<calleeModule>[\w-]+)\])? from ` + symbol + moduleTag,
)

// 2.4 and addresses outside any symbol: " [<c0123456>] [<c0234567>]", " 0xffffffffc0201234", "[c0012345] [c0023456]"
// powerpc and others, an address without a symbol: "[c000000049a87530] [c000000049a875a0] 0xc000000049a875a0 (unreliable)"
const unnamed =
  /^\s*\[<?(?<stack>[0-9a-f]{8,16})>?\] \[<?(?<address>[0-9a-f]{8,16})>?\] {1,12}(?:0x[0-9a-f]+|\(null\))(?: (?<unreliable>\(unreliable\)))?\s*$/
const bare = /^\s*(?:Call Trace:\s*)?(?:\[<?(?:0x)?[0-9a-f]{8,16}>?\](?:\s*\?)?\s*)+(?:0x[0-9a-f]+\s*)?$/
const bareAddress = /\[<?(?:0x)?([0-9a-f]{8,16})>?\]/g
const hexOnly =
  /^\s*(?<guess>\?\s+)?(?:\(\[<[0-9a-f]{8,16}>\] )?0x(?<address>[0-9a-f]{1,16})\)?\s*(?<unreliable>\(unreliable\))?$/
// ksymoops: "Trace; c0123456 <fn+12/34>", ">>EIP; c0123456 <fn+12/34>   <====="
const ksymoops =
  /^(?:Trace|>>(?:EIP|NIP|RIP|PC|IP)); (?<address>[0-9a-f]{8,16}) (?:\[(?<module>[\w-]+)\])?<(?<symbol>[\w.$]+)\+(?<offset>[0-9a-f]+)\/(?<size>[0-9a-f]+)>/
// x86_64 until 2.6.17, offsets in decimal; without blanks before it, it ends the header: "<ffffffff8017a5f1>{__fput+165} <ffffffffa01a3052>{:nfs:nfs_release+18}"
const braced = /^\s+(?:<(?:IRQ|EOI)>\s*)?(?:<[0-9a-f]{16}>\{[\w.:+-]{1,128}\}\s*)+(?:<(?:IRQ|EOI)>\s*)?$/
const bracedFrame = /<(?<address>[0-9a-f]{16})>\{(?::(?<module>[\w-]+):)?(?<symbol>[\w.]+)\+(?<offset>\d{1,10})\}/g
// 2.4 with a kallsyms patch (Red Hat): "[<c0123456>] do_fork [kernel] 0x12 (0xc1234567)"
const redhat24 =
  /^\s*\[<(?<address>[0-9a-f]{8})>\] (?<symbol>[A-Za-z_]\w*) \[(?<module>[\w-]+)\] 0x(?<offset>[0-9a-f]+)/

// klogd of 2.4 and 2.6 put the name in the address's place: "[shrink_cache+665/784] [<c0123456>] [ext3:ext3_lookup+15/208]"
const klogd = /^\s*(?:Call Trace:\s*)?(?:\[(?:<[0-9a-f]{8,16}>|:?[A-Za-z_][\w.:$-]{0,200}\+\d{1,9}\/\d{1,9})\]\s*)+$/
const klogdFrame =
  /\[(?:<([0-9a-f]{8,16})>|:?(?:([A-Za-z][\w-]{0,63}):)?([A-Za-z_][\w.$]{0,255})\+(\d{1,9})\/(\d{1,9}))\]/g

const hex = (digits: string | undefined): number | undefined =>
  digits === undefined || digits.length > 12 ? undefined : Number.parseInt(digits, 16)

function build(groups: Record<string, string | undefined>): Frame {
  const frame: Frame = groups['symbol'] === undefined ? {} : { symbol: groups['symbol'] }
  const offset = hex(groups['offset'])
  const size = hex(groups['size'])
  if (offset !== undefined) frame.offset = offset
  if (size !== undefined) frame.size = size
  if (groups['module'] !== undefined && groups['module'] !== 'kernel') frame.module = groups['module']
  if (groups['buildId'] !== undefined) frame.buildId = groups['buildId']
  if (groups['file'] !== undefined && groups['line'] !== undefined) {
    frame.place = { file: groups['file'], line: Number(groups['line']) }
    if (groups['column'] !== undefined) frame.place.column = Number(groups['column'])
  }
  if (groups['guess'] !== undefined) frame.reliable = false
  return frame
}

/**
 * The frames on one line, outermost last; undefined when the line is not a frame line. ARM's "a from b" lines give two:
 * the callee without an offset when it stands alone, then the caller.
 */
export function readFrames(text: string): Frame[] | undefined {
  return text.includes('+0x') ? readNamedFrames(text) : readOtherFrames(text, text.trimStart()[0] ?? '')
}

/** The same, of a line that has the offset of a symbol in it. */
export function readNamedFrames(text: string): Frame[] | undefined {
  const match = plain.exec(text)
  if (match) return [fromPlain(match)]
  return text.includes(' from ') ? readArm(text) : undefined
}

/** The same, of a line without one; `first` is its first character that is no blank. */
export function readOtherFrames(text: string, first: string): Frame[] | undefined {
  const bracket = first === '['
  if (bracket || first === '>' || first === 'T') {
    const old = ksymoops.exec(text) ?? redhat24.exec(text)
    if (old) return [{ ...build(old.groups!), address: `0x${old.groups!['address']}` }]
  }
  if (first === '<' && text.includes('>{') && braced.test(text)) return fromBraces(text)
  if (text.includes(' from ')) {
    const arm = readArm(text)
    if (arm) return arm
  }
  if (text.endsWith('[inline]')) {
    const match = inlined.exec(text)
    if (match) return [build(match.groups!)]
  }
  if (text.includes(' (') && sourceFile.test(text)) {
    const match = located.exec(text)
    if (match) return [build(match.groups!)]
  }
  if (bracket) {
    const nameless = unnamed.exec(text)
    if (nameless) return [fromUnnamed(nameless.groups!)]
  }
  if ((bracket || first === 'C') && text.includes('+') && klogd.test(text)) return fromKlogdLine(text)
  if ((bracket || first === 'C') && bare.test(text)) return addressesIn(text).map(address => ({ address }))
  return first === '0' || first === '(' || first === '?' ? readLone(text) : undefined
}

function fromKlogdLine(text: string): Frame[] {
  const frames: Frame[] = []
  for (const [, address, ...named] of text.matchAll(klogdFrame)) {
    if (frames.length === MAX_FRAMES_PER_LINE) break
    frames.push(address === undefined ? fromKlogd([undefined, ...named]) : { address: `0x${address}` })
  }
  return frames
}

function fromUnnamed({ stack, address, unreliable }: Record<string, string | undefined>): Frame {
  const frame: Frame = { address: `0x${address}`, stackPointer: `0x${stack}` }
  if (unreliable !== undefined) frame.reliable = false
  return frame
}

function readLone(text: string): Frame[] | undefined {
  const lone = hexOnly.exec(text)
  if (!lone) return undefined
  const frame: Frame = { address: `0x${lone.groups!['address']}` }
  if (lone.groups!['guess'] !== undefined || lone.groups!['unreliable'] !== undefined) frame.reliable = false
  return [frame]
}

function fromPlain(match: RegExpExecArray): Frame {
  const [, brackets, guess, symbol, offsetDigits, sizeDigits, module, buildId, tail = ''] = match
  const frame: Frame = { symbol: symbol! }
  const offset = hex(offsetDigits)
  const size = hex(sizeDigits)
  if (offset !== undefined) frame.offset = offset
  if (size !== undefined) frame.size = size
  if (module !== undefined && module !== 'kernel') frame.module = module
  if (buildId !== undefined) frame.buildId = buildId
  if (guess !== undefined) frame.reliable = false
  if (brackets !== undefined && brackets !== '') {
    const [first, second] = addressesIn(brackets)
    if (second !== undefined) frame.stackPointer = first!
    const address = second ?? first
    if (address !== undefined) frame.address = address
  }
  if (tail !== '') {
    if (tail.includes('(unreliable)')) frame.reliable = false
    // arm64 since 6.13, dump_backtrace_entry(): "(P)" from the registers, "(PF)" traced by ftrace as well
    if (tail.startsWith(' (P')) frame.programCounter = true
    const place = placeTail.exec(tail)
    if (place) frame.place = { file: place.groups!['file']!, line: Number(place.groups!['line']) }
    else if (tail.startsWith(' (') && tail.includes('+0x')) frame.returnTo = tail.trim()
  }
  return frame
}

function readArm(text: string): Frame[] | undefined {
  const old = armOld.exec(text)
  if (old) {
    const g = old.groups!
    const callee: Frame = { address: `0x${g['address']}`, symbol: g['callee']! }
    const calleeOffset = hex(g['calleeOffset'])
    const calleeSize = hex(g['calleeSize'])
    if (calleeOffset !== undefined) callee.offset = calleeOffset
    if (calleeSize !== undefined) callee.size = calleeSize
    return [callee, { ...build(g), address: `0x${g['caller']}` }]
  }
  const recent = armNew.exec(text)
  if (!recent) return undefined
  const callee: Frame = { symbol: recent.groups!['callee']! }
  if (recent.groups!['calleeModule'] !== undefined) callee.module = recent.groups!['calleeModule']
  return [callee, build(recent.groups!)]
}

function fromBraces(text: string): Frame[] {
  const frames: Frame[] = []
  for (const { groups } of text.matchAll(bracedFrame)) {
    if (frames.length === MAX_FRAMES_PER_LINE) break
    const { address, module, symbol: name, offset } = groups!
    frames.push({
      address: `0x${address}`,
      symbol: name!,
      offset: Number(offset),
      ...(module !== undefined && { module }),
    })
  }
  return frames
}

/** What stands in brackets, as it is written in a report. */
function addressesIn(text: string): string[] {
  const found: string[] = []
  bareAddress.lastIndex = 0
  for (let match = bareAddress.exec(text); match && found.length < MAX_FRAMES_PER_LINE; match = bareAddress.exec(text))
    found.push(`0x${match[1]}`)
  return found
}

// A frame in the middle of a line: "at: fn+0x1/0x2", "Kernel stack is corrupted in: fn+0x1/0x2", "last function: fn"
const embedded = new RegExp(symbol + moduleTag)

/** The first `fn+0x1/0x2 [mod]` anywhere in a line. */
export function embeddedFrame(text: string): Frame | undefined {
  if (!text.includes('+0x')) return undefined
  const match = embedded.exec(text)
  return match ? build(match.groups!) : undefined
}
