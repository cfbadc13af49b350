// What it means that code in memory is not the code of the file: patched as it should be, probed, flipped, overwritten.

import type { Finding, Report } from '../../model.ts'
import { say } from '../../say.ts'
import type { Comparison, Difference } from './compare.ts'

/** Fewer bytes than these say nothing of a build. */
const MIN_COMPARED = 16

/** Runs that are spelled out. */
const MAX_RUNS = 4

export function codeFindings(report: Report, comparison: Comparison, file: string): Finding[] {
  const { differences, compared } = comparison
  const strange = differences.filter(({ why }) => why === undefined)
  const line = codeLine(report)
  const findings: Finding[] = []
  const damage =
    otherBuild(strange, compared, file) ??
    oneBit(strange, compared, file, report) ??
    (comparison.tables ? (probe(strange, report) ?? overwritten(strange, file)) : undefined)
  if (damage !== undefined) findings.push({ ...damage, evidence: [line] })
  const patched = asPatched(differences.filter(({ why }) => why !== undefined))
  if (patched !== undefined) findings.push({ ...patched, evidence: [line] })
  return findings
}

type Said = Omit<Finding, 'evidence'>

function otherBuild(strange: readonly Difference[], compared: number, file: string): Said | undefined {
  if (compared < MIN_COMPARED || strange.length * 2 < compared) return undefined
  return {
    what: say`The code in the log is not that of ${file}`,
    because: say`${strange.length} of ${compared} bytes differ`,
    confidence: 'likely',
    next: say`Take the file of this very build, by its build ID; if it is, the kernel was written over.`,
  }
}

function oneBit(
  strange: readonly Difference[],
  compared: number,
  file: string,
  { code, pc }: Report,
): Said | undefined {
  const [only] = strange
  if (strange.length !== 1 || only === undefined || code === undefined) return undefined
  const changed = only.printed ^ only.linked
  if ((changed & (changed - 1)) !== 0) return undefined
  const bit = 31 - Math.clz32(changed)
  const at = only.at - (pc?.offset ?? 0)
  const place =
    at === 0 ? say`at the faulting instruction` : at < 0 ? say`${-at} bytes before it` : say`${at} bytes behind it`
  return {
    what: say`One bit of the kernel's code is wrong: bit ${bit} of ${pair(only.printed)}, ${place}`,
    because: say`${file} has there ${pair(only.linked)}; all other ${compared - 1} printed bytes are the same, or patched as the kernel does`,
    confidence: 'likely',
    next: say`Test the memory of this machine (memtest86+), and look for machine checks and corrected errors (EDAC) before.`,
  }
}

const INT3 = 0xcc
const JMP = 0xe9
const CALL = 0xe8

/** A breakpoint, or a jump of five bytes: x86 only, whose instructions begin anywhere. */
function probe(strange: readonly Difference[], { arch }: Report): Said | undefined {
  const [first, ...rest] = strange
  if (first === undefined || (arch !== 'x86_64' && arch !== 'i386')) return undefined
  if (rest.some(({ at }) => at > first.at + 4)) return undefined
  const where = `+0x${first.at.toString(16)}`
  const next = say`See /sys/kernel/debug/kprobes/list, loaded live patches and tracers before looking elsewhere.`
  if (first.printed === INT3 && rest.length === 0) {
    return {
      what: say`A breakpoint stands in the code at ${where}`,
      because: say`int3 in place of the first byte: a kprobe, or code that is just being patched`,
      confidence: 'likely',
      next,
    }
  }
  if (first.printed !== JMP && first.printed !== CALL) return undefined
  return {
    what:
      first.printed === JMP
        ? say`The code at ${where} was made to jump elsewhere`
        : say`The code at ${where} was made to call elsewhere`,
    because: say`five bytes are another branch than the file has: an optimised kprobe, a live patch, a tracer`,
    confidence: 'possible',
    next,
  }
}

function overwritten(strange: readonly Difference[], file: string): Said | undefined {
  if (strange.length === 0) return undefined
  return {
    what:
      strange.length === 1
        ? say`One byte of the kernel's code was written over`
        : say`${strange.length} bytes of the kernel's code were written over`,
    because: say`${spelled(strange)}; none of the places that ${file} lists as patched`,
    confidence: 'likely',
    next: say`Look for who writes there: a stray write or DMA, failing memory, a module that patches the kernel.`,
  }
}

function asPatched(patched: readonly Difference[]): Said | undefined {
  if (patched.length === 0) return undefined
  const places = new Map<string, string[]>()
  for (const run of runsOf(patched)) {
    const why = run[0]!.why!
    places.set(why, [...(places.get(why) ?? []), `0x${run[0]!.at.toString(16)}`])
  }
  const shown = Array.from(places, ([why, at]) => say`${why} at +${at.slice(0, MAX_RUNS).join(', +')}`).join('; ')
  return {
    what: say`What ran is not all in the file: the kernel patched ${shown}`,
    because: say`${spelled(patched)}; its own tables say so`,
    confidence: 'certain',
    next: say`Nothing to do: read these instructions in the log, not in the file.`,
  }
}

function spelled(differences: readonly Difference[]): string {
  const runs = runsOf(differences).map(run => {
    const printed = run.map(each => pair(each.printed)).join(' ')
    const linked = run.map(each => pair(each.linked)).join(' ')
    return say`+0x${run[0]!.at.toString(16)} has ${printed} for ${linked}`
  })
  return runs.length > MAX_RUNS ? `${runs.slice(0, MAX_RUNS).join('; ')}; …` : runs.join('; ')
}

/** Bytes that stand side by side, of one reason. */
function runsOf(differences: readonly Difference[]): Difference[][] {
  const runs: Difference[][] = []
  for (const difference of differences) {
    const last = runs.at(-1)?.at(-1)
    if (last !== undefined && difference.at - last.at <= 2 && difference.why === last.why) runs.at(-1)!.push(difference)
    else runs.push([difference])
  }
  return runs
}

const pair = (byte: number): string => byte.toString(16).padStart(2, '0')

function codeLine(report: Report): number {
  const index = report.text.split('\n').findIndex(line => /(?:Code|Instruction dump):/.test(line))
  return report.textLines?.[Math.max(0, index)] ?? report.lines.first + Math.max(0, index)
}
