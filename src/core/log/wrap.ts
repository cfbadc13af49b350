// Lines that a terminal or a mail program broke: told from the widths of many lines, never from one alone.

/** What is known of one physical line. */
export interface MeasuredLine {
  /** of the whole line; tabs expanded, as terminals and fold(1) count */
  columns: number
  /** the message: without the layers that it has */
  text: string
  /** has a stamp, a level or a collector's prefix: surely the start of a message */
  prefixed: boolean
}

/** How a part of the input is wrapped: `hard` in the middle of words at one column, `soft` at spaces. */
export interface Wrapping {
  kind: 'hard' | 'soft'
  width: number
  /** the space at which a line was broken is still at its end, as fold -s and format=flowed leave it */
  keepsSpace?: true
  /** without stamps some lines surely begin a message, and few surely go on */
  unstamped?: true
}

const MIN_WIDTH = 60
const MAX_WIDTH = 200
/** Mail programs break earlier than this. */
const MAX_SOFT_WIDTH = 80
/** Of so many lines one may be longer than the width, for reasons of the program's own. */
const LINES_PER_EXCEPTION = 50

/** Widths at which programs really break; elsewhere more lines must say so. */
const usualWidths = new Set([72, 76, 78, 79, 80, 100, 120, 132, 160])

/** Columns of a line; fold(1) and terminals put tab stops at every eighth. */
export function columnsOf(text: string): number {
  if (!text.includes('\t')) return text.length
  let columns = 0
  for (let i = 0; i < text.length; i++) columns = text.charCodeAt(i) === 9 ? (columns | 7) + 1 : columns + 1
  return columns
}

/** Whether lines of such lengths can be wrapped ones at all; the cheap test for a window. */
export function mayBeWrapped(lines: readonly { text: string }[]): boolean {
  let longest = 0
  let longer = 0
  for (let i = 0; i < lines.length; i++) {
    const { length } = lines[i]!.text
    if (length > MAX_WIDTH) longer++
    else if (length > longest) longest = length
  }
  return longest >= MIN_WIDTH && longer * LINES_PER_EXCEPTION <= lines.length
}

/** How these lines are wrapped, by the evidence among them; `known` is what was found just before. */
export function findWrapping(lines: readonly MeasuredLine[], known?: Wrapping): Wrapping | undefined {
  const survey = surveyLines(lines)
  if (survey.broken === 0) return undefined
  const stamped = survey.prefixed >= 2 && survey.prefixed * 4 >= lines.length
  const longest = known?.kind === 'soft' ? softWidth(lines) : survey.longest
  if (known !== undefined && longest <= known.width && (stamped || known.kind === 'hard')) return known
  const soft = stamped ? findSoft(lines, survey) : findSoftUnstamped(lines)
  if (soft?.sure === true || survey.longest < MIN_WIDTH || survey.longest > MAX_WIDTH) return soft?.wrapping
  return (stamped ? findHard(lines, survey) : findHardUnstamped(lines, survey)) ?? soft?.wrapping
}

/** Whether line `index` continues the line before it. */
export function continues(lines: readonly MeasuredLine[], index: number, wrapping: Wrapping): boolean {
  const line = lines[index]
  const before = lines[index - 1]
  if (line === undefined || before === undefined || line.prefixed || line.text === '') return false
  if (endsComplete(before.text) && /^[A-Z]/.test(line.text)) return false
  if (wrapping.unstamped && reportLine.test(line.text)) return false
  if (wrapping.kind === 'hard') return before.columns === wrapping.width
  if (wrapping.unstamped && (line.text.startsWith(' ') || driverLine.test(line.text))) return false
  if (wrapping.keepsSpace && !before.text.endsWith(' ') && before.columns !== wrapping.width) return false
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

/** What the breaks behind lines of one width look like. */
interface Breaks {
  /** lines of that width, the longest that there are */
  full: number
  /** … with a line behind that may be the rest of them */
  followed: number
  /** … that break off inside a word */
  insideWord: number
  /** … of which the rest is certain, see certainBreak() */
  certain: number
  /** different beginnings of the full lines, and of what follows */
  heads: Set<string>
  rests: Set<string>
}

function surveyBreaks(lines: readonly MeasuredLine[], width: number): Breaks {
  const breaks: Breaks = { full: 0, followed: 0, insideWord: 0, certain: 0, heads: new Set(), rests: new Set() }
  for (let i = 0; i + 1 < lines.length; i++) {
    const head = lines[i]!
    const rest = lines[i + 1]!
    if (head.columns !== width) continue
    breaks.full++
    if (rest.prefixed || rest.text === '') continue
    breaks.followed++
    breaks.heads.add(head.text.slice(0, 12))
    breaks.rests.add(rest.text.slice(0, 4))
    if (breaksInsideWord(head.text, rest.text)) breaks.insideWord++
    if (certainBreak(head.text, rest.text)) breaks.certain++
  }
  return breaks
}

/**
 * A stamped log: no line is longer than the width, and lines of just that width are followed by one without a stamp
 * that begins in the middle of a word. Programs write between kernel lines too, so a single such pair says nothing.
 */
function findHard(lines: readonly MeasuredLine[], survey: Survey): Wrapping | undefined {
  const width = survey.longest
  const breaks = surveyBreaks(lines, width)
  const { full, followed, insideWord, certain } = breaks
  if (followed === 0 || followed * 10 < full) return undefined
  const others = survey.broken - followed
  const usual = usualWidths.has(width)
  const telling = insideWord >= 3 && insideWord * 2 >= followed
  // Program output behind kernel lines of one length begins the same way each time; pieces of lines do not.
  const varied = followed >= 5 && breaks.rests.size * 2 > followed
  if (telling && (usual || varied)) return { kind: 'hard', width }
  if (usual && followed >= 3 && others * 4 <= followed && insideWord > 0) return { kind: 'hard', width }
  const few = width === 80 && others <= 2 && insideWord > 0
  return few || (usual && certain > 0 && others <= followed) ? { kind: 'hard', width } : undefined
}

/** Mail programs leave no line longer that has a space behind this column. */
const LEAST_PIECE = 30

/** Whether there is a space, not the last character, at which a line could have been broken. */
function breakable({ text, columns }: MeasuredLine): boolean {
  const space = text.lastIndexOf(' ', text.length - 2)
  return space >= 0 && columns - text.length + space >= LEAST_PIECE
}

/** The longest line that could have been broken: what has no space to break at stays longer than the rest. */
function softWidth(lines: readonly MeasuredLine[]): number {
  let width = 0
  let longer = 0
  for (const line of lines) {
    if (line.columns <= width || !breakable(line)) continue
    if (line.columns <= MAX_SOFT_WIDTH) width = line.columns
    else longer++
  }
  return width >= MIN_WIDTH && longer * LINES_PER_EXCEPTION <= lines.length ? width : 0
}

/** What the breaks at spaces look like. */
interface SoftBreaks {
  /** lines without a prefix that begin with a word for which the line before had no room */
  fitting: number
  /** … behind a line of the full width, as all are that a terminal broke */
  full: number
  /** … behind a line that ends with one space */
  spaced: number
  /** … behind a line that ends with a word */
  bare: number
  /** … that begin as no message does */
  middles: number
  /** … of which the line before is one of the kernel's long ones */
  long: number
  /** … that are the rest of a line, to all appearance */
  telling: number
}

/** No message of the kernel ends with such a word. */
const hangingWord = / (?:at|in|by|by task|of|to|than|from|is|and|for|at:) ?$/

function surveySoft(lines: readonly MeasuredLine[], width: number): SoftBreaks {
  const breaks: SoftBreaks = { fitting: 0, full: 0, spaced: 0, bare: 0, middles: 0, long: 0, telling: 0 }
  for (let i = 1; i < lines.length; i++) {
    const before = lines[i - 1]!
    const line = lines[i]!
    if (line.prefixed || !breaksSoftly(before, line, width)) continue
    breaks.fitting++
    if (before.columns === width) breaks.full++
    const middle = beginsInTheMiddle(line.text)
    const spaced = /\S $/.test(before.text)
    const hanging = middle && hangingWord.test(before.text)
    const long = longLine.test(before.text) && !beginsMessage(line.text)
    if (spaced) breaks.spaced++
    else if (/\S$/.test(before.text)) breaks.bare++
    if (middle) breaks.middles++
    if (long) breaks.long++
    if (hanging || (middle && (spaced || long))) breaks.telling++
  }
  return breaks
}

interface SoftFound {
  wrapping: Wrapping
  /** most breaks are not at one column, which is what a terminal does */
  sure: boolean
}

function softly({ fitting, full, spaced, bare, telling }: SoftBreaks, width: number): SoftFound | undefined {
  if (full === fitting && telling === 0) return undefined
  const wrapping: Wrapping = { kind: 'soft', width }
  if (spaced > bare) wrapping.keepsSpace = true
  return { wrapping, sure: full * 2 <= fitting }
}

/** A stamped log of a mail: lines without a stamp begin with a word that did not fit before it. */
function findSoft(lines: readonly MeasuredLine[], survey: Survey): SoftFound | undefined {
  const width = softWidth(lines)
  if (width === 0) return undefined
  const breaks = surveySoft(lines, width)
  const { fitting, middles, telling } = breaks
  if (telling > 0 && telling === survey.broken) return softly(breaks, width)
  // Programs write between kernel lines too.
  const most = fitting >= 3 && fitting * 2 >= survey.broken && middles * 2 >= fitting
  return fitting >= 2 && (most || fitting >= survey.broken * 0.75) ? softly(breaks, width) : undefined
}

/** A mail with a log without stamps: several of the kernel's long lines end where a mail program would break them. */
function findSoftUnstamped(lines: readonly MeasuredLine[]): SoftFound | undefined {
  const width = softWidth(lines)
  if (width < 68) return undefined
  const breaks = surveySoft(lines, width)
  const { fitting, middles, long } = breaks
  const many = fitting >= 4 && middles >= fitting * 0.8
  const found = long >= 2 || (long === 1 && many) ? softly(breaks, width) : undefined
  return found && { ...found, wrapping: { ...found.wrapping, unstamped: true } }
}

/** The first word of the line would have passed the width; where the break fell among spaces, that is no word. */
function breaksSoftly(before: MeasuredLine, line: MeasuredLine, width: number): boolean {
  if (line.text === '' || line.text.charCodeAt(0) === 0x09) return false
  const space = line.text.indexOf(' ')
  const word = space < 0 ? line.text.length : space
  // a space that is kept counts where it stands, and the next one behind the word
  const blank = before.text.endsWith(' ') && space < 0 ? 0 : 1
  return before.text !== '' && before.columns + blank + word > width
}

/** Without stamps only usual widths count: by one break that is certain, or by many and varied ones that look like it. */
function findHardUnstamped(lines: readonly MeasuredLine[], survey: Survey): Wrapping | undefined {
  const width = survey.longest
  if (!usualWidths.has(width)) return undefined
  const { followed, certain, heads, rests } = surveyBreaks(lines, width)
  if (certain >= 2 || (certain === 1 && width === 80)) return { kind: 'hard', width, unstamped: true }
  let middles = 0
  for (let i = 0; i + 1 < lines.length; i++) {
    if (lines[i]!.columns === width && beginsInTheMiddle(lines[i + 1]!.text)) middles++
  }
  const varied = heads.size * 5 >= followed * 3 && rests.size * 5 >= followed * 3
  return followed >= 4 && middles >= followed * 0.7 && varied ? { kind: 'hard', width, unstamped: true } : undefined
}

/**
 * Both ends are letters or digits, and the head does not end with a whole register or stack word; or the rest begins
 * with the one space that was between two words.
 */
function breaksInsideWord(head: string, rest: string): boolean {
  const first = rest.charCodeAt(0)
  if (first === 0x20) return rest.charCodeAt(1) > 0x20 && !head.endsWith(' ')
  if (!isWordCharacter(first)) return /^[/+,.)\]:;]/.test(rest)
  if (!isWordCharacter(head.charCodeAt(head.length - 1))) return /[+/(]$/.test(head)
  return !endsComplete(head)
}

/** The line ends with all digits of a register or a stack word. */
function endsComplete(text: string): boolean {
  return /(?:^|[^0-9a-f])(?:[0-9a-f]{8}|[0-9a-f]{16})$/.test(text.slice(-17))
}

function isWordCharacter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 0x5f
}

/** Kernel text that cannot end there and goes on just so: `fn+0x1` `2/0x34`, `file.c:1` `23`, more of a long line. */
function certainBreak(head: string, rest: string): boolean {
  const end = head.slice(-24)
  if (/\+(?:0(?:x[0-9a-f]{0,6})?)?$/.test(end)) return /^[0-9a-fx]{0,8}\/0x[0-9a-f]/.test(rest)
  if (/\+0x[0-9a-f]{1,6}\/(?:0x?)?$/.test(end)) return /^[0-9a-fx]{1,8}(?:[ \])]|$)/.test(rest)
  if (/\.[chS](?::\d{0,5})?$/.test(end) && /^:?\d{1,5}(?:\(\))?(?: \[inline\])?$/.test(rest)) return true
  return longLine.test(head) && beginsInTheMiddle(rest) && !beginsMessage(rest)
}

// the lines of a report that are longer than a terminal is wide
const longLine =
  /^(?:BUG|WARNING|INFO|CPU|Pid|Hardware name|Modules linked in|Code|Workqueue|RIP|Command line|Kernel command line|task|page|Linux version|Unable to handle)[: ]/

// what begins a line of a report, so that it is never the rest of another
const reportLine =
  /^(?: {1,8}(?:\? )?[\w.]{1,80}\+0x| {0,8}\[<| r\d|---|===|\* |(?:Call|Code|CPU|BUG|WARNING|INFO|Modules|Kernel|Hardware|Workqueue|Stack|Process|PGD|Oops|EIP|RIP|RSP|PC|LR|NIP|MSR|REGS|CFAR|GPR|Object|Read|Write|Allocated|Freed|The|Memory|Showing|Register|Exception|Internal|Unable|note|pc|lr|sp|pstate|task|page|flags|raw)\b[ :]|[A-Z][A-Z0-9]{1,2}: [0-9a-f]|[a-z]\d{1,2} ?: [0-9a-f])/

// audit: …, usb 1-1: …
const driverLine = /^[a-z][\w-]{1,15}(?: [\w:.-]{1,16})?: /

function beginsMessage(text: string): boolean {
  return reportLine.test(text) || driverLine.test(text)
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
