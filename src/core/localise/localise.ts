// Fills in where in the source the frames of a report are: `place` in each frame's own function, `inlines` for what the
// compiler put into it. Decode leaves them out; nothing that the log itself says is changed.

import { FormatError } from '../bytes/cursor.ts'
import type { SourcePlace } from '../formats/dwarf/debug-info.ts'
import { demangleRust } from '../formats/rust/rust-demangle.ts'
import type { Frame, Located, Place, Report } from '../model.ts'
import { say } from '../say.ts'
import type { CodeMap, CodeSymbol } from './code-map.ts'
import { sourcePath } from './paths.ts'
import { returnAddresses } from './return-addresses.ts'

export type Unknown = Exclude<Place, Located>

/** Who has the files. Without a module the kernel itself is meant. */
export type FindCode = (module: string | undefined, report: Report) => Promise<CodeMap | Unknown>

/** A module's text may be padded to its section's end, so that the last symbol's size is not the same everywhere. */
const SIZE_TOLERANCE = 64

/** Of same-named functions so many are named in an answer. */
const MAX_NAMED = 8

export async function localise(report: Report, findCode: FindCode): Promise<Report> {
  const shift = await addressShift(report, findCode)
  const fill = async (frame: Frame, isReturn: boolean): Promise<void> => {
    // A log that was symbolised before keeps its words.
    if (frame.place !== undefined && !('unknown' in frame.place)) return
    const found = await locateFrame(frame, isReturn, report, findCode, shift)
    if (found === undefined) return
    frame.place = found.place
    if (found.inlines.length > 0) frame.inlines = found.inlines
  }
  if (report.severity === 'user') return report
  for (const trace of report.traces ?? []) {
    const returns = returnAddresses(trace, report)
    for (const [index, frame] of trace.frames.entries()) await fill(frame, returns[index] === true)
  }
  const counters = [report.pc, ...(report.registerSets ?? []).filter(set => set.mode !== 'user').map(set => set.pc)]
  for (const pc of new Set(counters)) if (pc !== undefined) await fill(pc, false)
  const innermost = report.pc?.inlines?.[0] ?? report.pc?.place
  if (innermost !== undefined && !('unknown' in innermost)) report.place ??= innermost
  return report
}

interface Localised {
  place: Place
  inlines: Located[]
}

async function locateFrame(
  frame: Frame,
  isReturn: boolean,
  report: Report,
  findCode: FindCode,
  shift: bigint | undefined,
): Promise<Localised | undefined> {
  if (frame.symbol === undefined && frame.address === undefined) return undefined
  // ARM's "fn from caller+0x…": nothing says where in the function.
  if (frame.symbol !== undefined && frame.offset === undefined) return undefined
  const code = await findCode(frame.module, report)
  if ('unknown' in code) return { place: code, inlines: [] }
  const other = await refusal(code, frame, report)
  if (other !== undefined) return { place: other, inlines: [] }
  try {
    return await locateIn(code, frame, isReturn ? 1 : 0, shift)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return { place: { unknown: 'unreadable', detail: error.message }, inlines: [] }
  }
}

/** The answer when a log's build ID, which may be cut, is not that of the file. */
export function wrongBuild({ buildId, file }: CodeMap, printed: string | undefined): Unknown | undefined {
  if (printed === undefined || buildId === undefined) return undefined
  if (printed.length >= 8 && (buildId.startsWith(printed) || printed.startsWith(buildId))) return undefined
  return { unknown: 'wrong-build-id', detail: say`the log is of build ${printed}, ${file} is ${buildId}` }
}

/** Why a file is not that of a report's kernel, or of its module; undefined when nothing says so. */
export async function refusal(code: CodeMap, frame: Frame, report: Report): Promise<Unknown | undefined> {
  const printed = frame.buildId ?? (frame.module === undefined ? report.kernel?.buildId : undefined)
  return wrongBuild(code, printed) ?? (frame.module === undefined ? wrongRelease(code, report) : undefined)
}

/** Without build IDs in the log the release at least must be the file's. */
export async function wrongRelease(code: CodeMap, { kernel }: Report): Promise<Unknown | undefined> {
  const [printed, release] = [kernel?.release, await code.release()]
  if (printed === undefined || release === undefined || printed === release) return undefined
  return { unknown: 'wrong-build-id', detail: say`the log is of Linux ${printed}, ${code.file} of ${release}` }
}

async function locateIn(
  code: CodeMap,
  frame: Frame,
  back: 0 | 1,
  shift: bigint | undefined,
): Promise<Localised | undefined> {
  const { symbol, offset, size } = frame
  if (symbol === undefined || offset === undefined) {
    if (frame.address === undefined || shift === undefined || code.relocatable) return undefined
    const address = Number(BigInt(frame.address) - shift - code.base)
    return described(await code.places(address - back), undefined)
  }
  const candidates = await code.named(symbol)
  const chosen = chooseBySize(candidates, offset, size)
  if (chosen.length === 0) return { place: noCandidate(code, symbol, candidates, size), inlines: [] }
  const answers: Localised[] = []
  for (const { address } of chosen) {
    const answer = described(await code.places(address + offset - back), symbol)
    if (answer !== undefined) answers.push(answer)
  }
  const [first] = answers
  if (first === undefined) {
    return { place: { unknown: 'no-symbols', detail: say`${code.file} has no lines for ${symbol}` }, inlines: [] }
  }
  // The same function of a header, compiled into several files, is one place.
  const distinct = new Map(answers.map(answer => [JSON.stringify(answer), answer]))
  return distinct.size === 1 ? first : { place: ambiguous(symbol, chosen.length, [...distinct.values()]), inlines: [] }
}

/** Same-named functions that the printed size allows; those it fits exactly before those it nearly fits. */
export function chooseBySize(
  candidates: readonly CodeSymbol[],
  offset: number,
  size: number | undefined,
): readonly CodeSymbol[] {
  if (size === undefined) return candidates.filter(({ sizeBytes = Number.POSITIVE_INFINITY }) => offset <= sizeBytes)
  const exact = candidates.filter(({ sizeBytes }) => sizeBytes === size)
  if (exact.length > 0) return exact
  return candidates.filter(({ sizeBytes = size }) => Math.abs(sizeBytes - size) <= SIZE_TOLERANCE)
}

function noCandidate(
  code: CodeMap,
  symbol: string,
  candidates: readonly CodeSymbol[],
  size: number | undefined,
): Unknown {
  if (candidates.length === 0) return { unknown: 'no-symbols', detail: say`${code.file} has no function ${symbol}` }
  const sizes = candidates.slice(0, MAX_NAMED).map(({ sizeBytes }) => `0x${(sizeBytes ?? 0).toString(16)}`)
  const printed = size === undefined ? 'less than the offset' : `0x${size.toString(16)}`
  return {
    unknown: 'wrong-build-id',
    detail: say`${symbol} has ${sizes.join(', ')} bytes in ${code.file} and ${printed} in the log: not the same build`,
  }
}

function ambiguous(symbol: string, count: number, answers: readonly Localised[]): Unknown {
  const places = answers
    .slice(0, MAX_NAMED)
    .map(({ place }) => ('unknown' in place ? '?' : `${place.file}:${place.line}`))
  const shown = (answers.length > MAX_NAMED ? [...places, '…'] : places).join(', ')
  return { unknown: 'ambiguous', detail: say`${count} functions ${symbol} of this size: ${shown}` }
}

/** A chain of places, innermost first, as a frame has it; undefined when no line is known. */
function described(places: readonly SourcePlace[], symbol: string | undefined): Localised | undefined {
  const located = places.map(asLocated).filter(place => place !== undefined)
  const place = located.at(-1)
  if (place === undefined) return undefined
  if (place.function === undefined && symbol !== undefined) place.function = symbol
  return { place, inlines: located.slice(0, -1) }
}

function asLocated(place: SourcePlace): Located | undefined {
  const file = sourcePath(place)
  if (file === undefined || place.line === undefined) return undefined
  const name = place.function === undefined ? undefined : (demangleRust(place.function) ?? place.function)
  return {
    file,
    line: place.line,
    ...(place.column !== undefined && { column: place.column }),
    ...(name !== undefined && { function: name }),
  }
}

/**
 * How far the running kernel stood from where it was linked: as the log says ("Kernel Offset:"), or by a frame that has
 * both an address and a symbol.
 */
async function addressShift(report: Report, findCode: FindCode): Promise<bigint | undefined> {
  const frames = [report.pc, ...(report.traces ?? []).flatMap(trace => trace.frames)]
  const bare = frames.some(frame => frame?.symbol === undefined && frame?.address !== undefined)
  if (!bare) return undefined
  if (report.kernel?.kaslrOffset !== undefined) return BigInt(report.kernel.kaslrOffset)
  for (const frame of frames) {
    if (frame?.symbol === undefined || frame.address === undefined || frame.offset === undefined) continue
    if (frame.module !== undefined) continue
    const code = await findCode(undefined, report)
    if ('unknown' in code || code.relocatable) return undefined
    const candidates = chooseBySize(await code.named(frame.symbol), frame.offset, frame.size)
    const [only] = candidates
    if (candidates.length !== 1 || only === undefined) continue
    return BigInt(frame.address) - code.base - BigInt(only.address + frame.offset)
  }
  return 0n
}
