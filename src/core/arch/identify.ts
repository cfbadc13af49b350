// Which architecture printed a report: every line that only one of them prints is a vote.

import type { ArchName } from '../model.ts'
import { type FirstLetterTable, firstLetterTable } from './first-letters.ts'
import { arches } from './index.ts'
import { skipSpaces } from './printed.ts'

/** So many votes ahead of the next, an architecture has won and the rest is not read. */
const decisiveLead = 3

/** Votes by the architectures' places in `arches`. */
type Votes = number[]

let signatures: FirstLetterTable<number> | undefined

/** Gives a vote to each architecture that signs this line; false when none does, as with most lines of a report. */
function count(line: string, votes: Votes): boolean {
  signatures ??= firstLetterTable(
    arches.flatMap((arch, place) => arch.signatures.map(signature => [signature, place] as const)),
  )
  const candidates = signatures(line, skipSpaces(line, 0))
  if (!candidates.any.test(line)) return false
  // the signatures of one architecture stand together, and it has one vote
  let voted = -1
  for (const { pattern, value } of candidates.each) {
    if (value === voted || !pattern.test(line)) continue
    voted = value
    votes[value]!++
  }
  return true
}

/** By how much the first is ahead of the second. */
function lead(votes: Votes): number {
  let first = 0
  let second = 0
  for (const each of votes) {
    if (each > first) {
      second = first
      first = each
    } else if (each > second) second = each
  }
  return first - second
}

/**
 * The architecture whose signatures stand on most of `lines` (records' texts); where two have as many, the one that comes
 * first in `arches`. Without any signature, what distributions write into the name of a kernel, else undefined. Time is
 * linear in the lines; reading ends once one architecture is far enough ahead.
 */
export function identifyArch(lines: readonly string[]): ArchName | undefined {
  const votes: Votes = arches.map(() => 0)
  for (const line of lines) if (count(line, votes) && lead(votes) >= decisiveLead) break
  const most = Math.max(...votes)
  return (most > 0 ? arches[votes.indexOf(most)]?.name : undefined) ?? namedIn(lines) ?? guessX86(lines)
}

function namedIn(lines: readonly string[]): ArchName | undefined {
  for (const line of lines) {
    const name = namedByRelease(line)
    if (name !== undefined) return name
  }
  return undefined
}

// "? " before a frame and <IRQ> or <TASK> above it are x86's alone; an address on any line tells the width.
const x86Mark = /^\s*(?:<(?:IRQ|SOFTIRQ|NMI|TASK|EOI|EOE|#DF)>|(?:\[<[0-9a-f]{8,16}>\] )?\? [\w.]+\+0x)/
const wideAddress = /(?:^|[^0-9a-f])ffff[0-9a-f]{12}(?![0-9a-f])/
const narrowFrame = /^\s*\[<[c-f][0-9a-f]{7}>\] \? /

function guessX86(lines: readonly string[]): ArchName | undefined {
  if (!lines.some(line => x86Mark.test(line))) return undefined
  if (lines.some(line => wideAddress.test(line))) return 'x86_64'
  return lines.some(line => narrowFrame.test(line)) ? 'i386' : undefined
}

// Endings of kernel releases: 6.1.0-56-amd64, 3.10.0-54.el7.s390x, 6.1.0-50-686-pae, 3.17.8-300.fc21.armv7hl
const releaseNames: readonly (readonly [RegExp, ArchName])[] = [
  [/^(?:amd64|x86_64)$/, 'x86_64'],
  [/^(?:[3-6]86|i[3-6]86)$/, 'i386'],
  [/^(?:arm64|aarch64)$/, 'arm64'],
  [/^(?:armmp|armel|armhf|armv[5-7]h?l)$/, 'arm'],
  [/^(?:ppc64|ppc64le|powerpc64|powerpc64le)$/, 'powerpc64'],
  [/^(?:ppc|powerpc)$/, 'powerpc'],
  [/^s390x?$/, 's390x'],
  [/^riscv64$/, 'riscv64'],
  [/^(?:loong64|loongarch64)$/, 'loongarch64'],
  [/^(?:5kc|loongson|octeon|mips64el|mips64)$/, 'mips64'],
  [/^(?:4kc|mipsel|mips)$/, 'mips'],
  [/^sparc64$/, 'sparc64'],
  [/^(?:parisc|parisc64|hppa)$/, 'parisc'],
  [/^(?:alpha|alphaev67)$/, 'alpha'],
  [/^m68k$/, 'm68k'],
]

// CPU: 0 PID: 99 Comm: sh Tainted: G      D    OE      6.1.0-50-5kc-malta #1  Debian 6.1.176-1
// Pid: 1, comm: swapper Not tainted 2.6.32-5-amd64 #1
//       Tainted: G           OE      6.1.0-50-686-pae #1 Debian 6.1.176-1             hung tasks
const release = / (\d\.\d{1,3}[\w.+-]{1,80})(?: #\d|$| \()/
const releaseHeads = ['CPU: ', 'Pid: ', 'Linux version ']
const releaseLetters = new Set(releaseHeads.map(head => head.charCodeAt(0)))
const longestHead = 240

function namedByRelease(line: string): ArchName | undefined {
  const first = line.charCodeAt(0)
  const headed =
    first === 0x20
      ? line.includes('ainted') && /^ {1,12}(?:Not tainted|Tainted:) /.test(line)
      : releaseLetters.has(first) && releaseHeads.some(head => line.startsWith(head))
  if (!headed) return undefined
  const match = release.exec(line.slice(0, longestHead))
  if (!match) return undefined
  for (const part of match[1]!.split(/[-.+]/)) {
    for (const [pattern, name] of releaseNames) if (pattern.test(part)) return name
  }
  return undefined
}
