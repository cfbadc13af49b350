// Lines that a terminal or a mail program broke: told from the widths of many lines, never from one alone.

/** What is known of one physical line. */
export interface MeasuredLine {
  /** tabs expanded, as terminals and fold(1) count */
  columns: number
  text: string
  /** has a stamp, a level or a collector's prefix: surely the start of a message */
  prefixed: boolean
}

/** How a part of the input is wrapped: `hard` in the middle of words at one column, `soft` at spaces. */
export interface Wrapping {
  kind: 'hard' | 'soft'
  width: number
}

const MIN_WIDTH = 60
const MAX_WIDTH = 200
/** Mail programs break earlier than this. */
const MAX_SOFT_WIDTH = 100

/** Widths at which programs really break; elsewhere more lines must say so. */
const usualWidths = new Set([72, 76, 78, 79, 80, 100, 120, 132, 160])

/** Columns of a line; fold(1) and terminals put tab stops at every eighth. */
export function columnsOf(text: string): number {
  if (!text.includes('\t')) return text.length
  let columns = 0
  for (let i = 0; i < text.length; i++) columns = text.charCodeAt(i) === 9 ? (columns | 7) + 1 : columns + 1
  return columns
}

/** Whether lines of this length can be wrapped ones at all; the cheap test for a window. */
export function mayBeWrapped(longest: number): boolean {
  return longest >= MIN_WIDTH && longest <= MAX_WIDTH
}

/** How these lines are wrapped, by the evidence among them; `known` is what was found just before. */
export function findWrapping(lines: readonly MeasuredLine[], known?: Wrapping): Wrapping | undefined {
  const survey = surveyLines(lines)
  if (survey.broken === 0) return undefined
  const stamped = survey.prefixed >= 2 && survey.prefixed * 4 >= lines.length
  if (known !== undefined && survey.longest <= known.width && (stamped || known.kind === 'hard')) return known
  if (!mayBeWrapped(survey.longest)) return undefined
  return stamped ? (findHard(lines, survey) ?? findSoft(lines, survey)) : findHardUnstamped(lines, survey)
}

/** Whether line `index` continues the line before it. */
export function continues(lines: readonly MeasuredLine[], index: number, wrapping: Wrapping): boolean {
  const line = lines[index]
  const before = lines[index - 1]
  if (line === undefined || before === undefined || line.prefixed || line.text === '') return false
  if (wrapping.kind === 'hard') return before.columns === wrapping.width
  return breaksSoftly(before, line, wrapping.width)
}

interface Survey {
  longest: number
  prefixed: number
  /** lines with text and without a prefix behind another line */
  broken: number
}

function surveyLines(lines: readonly MeasuredLine[]): Survey {
  const survey: Survey = { longest: 0, prefixed: 0, broken: 0 }
  for (const [index, line] of lines.entries()) {
    if (line.columns > survey.longest) survey.longest = line.columns
    if (line.prefixed) survey.prefixed++
    else if (index > 0 && line.text !== '') survey.broken++
  }
  return survey
}

/**
 * A stamped log: no line is longer than the width, and lines of just that width are followed by one without a stamp.
 * In a log that is not wrapped the longest lines are followed by stamped ones like all others.
 */
function findHard(lines: readonly MeasuredLine[], survey: Survey): Wrapping | undefined {
  const width = survey.longest
  let full = 0
  let followed = 0
  const starts = new Set<string>()
  for (let i = 0; i + 1 < lines.length; i++) {
    if (lines[i]!.columns !== width) continue
    full++
    const next = lines[i + 1]!
    if (next.prefixed || next.text === '') continue
    followed++
    starts.add(next.text.slice(0, 4))
  }
  const others = survey.broken - followed
  const many = full >= 3 && followed >= full * 0.8
  // Program output behind kernel lines of one length begins the same way each time; pieces of lines do not.
  if (many && (usualWidths.has(width) || (followed >= 5 && starts.size * 2 > followed))) return { kind: 'hard', width }
  if (followed > 0 && followed === full && usualWidths.has(width) && others <= followed) return { kind: 'hard', width }
  return undefined
}

/** A stamped log of a mail: each line without a stamp begins with a word that did not fit before it. */
function findSoft(lines: readonly MeasuredLine[], survey: Survey): Wrapping | undefined {
  const width = survey.longest
  if (width > MAX_SOFT_WIDTH) return undefined
  let fitting = 0
  for (let i = 1; i < lines.length; i++) {
    if (!lines[i]!.prefixed && breaksSoftly(lines[i - 1]!, lines[i]!, width)) fitting++
  }
  return fitting >= 2 && fitting >= survey.broken * 0.9 ? { kind: 'soft', width } : undefined
}

/** The first word of the line would have passed the width; a line that begins with a space was not broken there. */
function breaksSoftly(before: MeasuredLine, line: MeasuredLine, width: number): boolean {
  if (line.text === '' || line.text.charCodeAt(0) === 0x20 || line.text.charCodeAt(0) === 0x09) return false
  const space = line.text.indexOf(' ')
  const word = space < 0 ? line.text.length : space
  return before.columns >= MIN_WIDTH / 2 && before.columns + 1 + word > width
}

/** Without stamps only a usual width counts, reached by several lines whose next line begins like the middle of one. */
function findHardUnstamped(lines: readonly MeasuredLine[], survey: Survey): Wrapping | undefined {
  const width = survey.longest
  if (!usualWidths.has(width)) return undefined
  let full = 0
  let middles = 0
  for (let i = 0; i + 1 < lines.length; i++) {
    if (lines[i]!.columns !== width) continue
    full++
    if (beginsInTheMiddle(lines[i + 1]!.text)) middles++
  }
  return full >= 3 && middles >= full * 0.6 ? { kind: 'hard', width } : undefined
}

// what a register dump or a hex dump puts at the start of a line: x29: ffff…, r10 = …, 1aa0: 000f0113
const dumpStart = /^[A-Za-z0-9]{1,16} ?[:=] ?[0-9a-f(]/

/** Lower case, digits and punctuation: kernel messages rarely begin so. */
function beginsInTheMiddle(text: string): boolean {
  const code = text.charCodeAt(0)
  if (text === '' || code === 0x09 || code === 0x5b || code === 0x3c || code === 0x3d || code === 0x2d) return false
  if (code === 0x20) return text.charCodeAt(1) !== 0x20 && text.charCodeAt(1) !== 0x5b && !text.includes('+0x')
  if (code >= 0x41 && code <= 0x5a) return false
  return !dumpStart.test(text)
}
