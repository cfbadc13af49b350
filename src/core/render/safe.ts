// What a log says goes to terminals, pages and bug trackers only through here. The log was written by whoever could
// make the kernel print: file names, command names, USB strings, packets.

/** Controls, invisible and direction-changing characters, lone surrogates: what can make text look other than it is. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Most text is plain; this finds out before the wide classes above are tried. */
const beyondPlain = /[^\x20-\x7e]/

/** One unseen character made seen: C0 as its control picture, others by number. */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code === 0x09) return ' '
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}

/** Text of one line with nothing hidden in it; a line break shows as ␊, a tab as a space. */
export function visible(text: string): string {
  return beyondPlain.test(text) ? text.replace(unseen, picture) : text
}

/** Text of several lines: as `visible`, but "\n" and "\t" stay. */
export function visibleLines(text: string): string {
  if (!beyondPlain.test(text)) return text
  return text.replace(unseen, character => (character === '\n' || character === '\t' ? character : picture(character)))
}

/**
 * For a terminal: one line without ESC, C0, C1, bidirectional overrides or zero-width characters. ECMA-48 says what
 * those would do; the cells that remain are what is printed.
 */
export const terminalSafe = visible

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** For HTML, as text or inside a quoted attribute value. HTML Standard, "Escaping a string", and the apostrophe. */
export function htmlSafe(text: string): string {
  return visibleLines(text).replace(/[&<>"']/g, character => entities[character] ?? '')
}

/** What a forge makes of plain text: mentions, issue numbers, links, mail addresses, emoji. */
const forgeMeaning = /[@#]\w|:\/\/|www\.|\w@|:\w+:/i
/** What CommonMark 0.31 and GFM make markup of inside a paragraph; "_" only where a word begins or ends with it. */
const inlineMarkup = /[\\`*[\]<>&~|!$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu
/** What would make a heading, list, rule or underline of the first thing in a line. */
const blockMarkup = /^(?:[#+=-]|\d{1,9}(?=[.)]))/

/** For running Markdown text of one line: nothing of it is markup; what a forge would act upon goes into code. */
export function markdownSafe(text: string): string {
  const line = visible(text).trim()
  if (forgeMeaning.test(line)) return markdownCode(line)
  return line
    .replace(inlineMarkup, mark => entities[mark] ?? `\\${mark}`)
    .replace(blockMarkup, mark => (/\d/.test(mark) ? `&#${mark.charCodeAt(0)};${mark.slice(1)}` : `\\${mark}`))
}

/** Longest run of back-ticks in a text: a code fence or span that is longer cannot be closed by it. */
function longestBackticks(text: string): number {
  let longest = 0
  let run = 0
  for (let index = 0; index < text.length; index++) {
    run = text.charCodeAt(index) === 0x60 ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}

/** One line as a code span (CommonMark §6.1). "|" is escaped when it stands in a table (GFM, "Tables (extension)"). */
export function markdownCode(text: string, inTable = false): string {
  const line = visible(text)
  if (line.trim() === '') return inTable ? ' ' : ''
  const fence = '`'.repeat(longestBackticks(line) + 1)
  const pad = line.startsWith('`') || line.endsWith('`') || (line.startsWith(' ') && line.endsWith(' ')) ? ' ' : ''
  const span = `${fence}${pad}${line}${pad}${fence}`
  return inTable ? span.replace(/\|/g, '\\|') : span
}

/** Lines as a fenced code block (CommonMark §4.5) that no line in it can close. */
export function markdownFence(text: string, language = ''): string {
  const lines = visibleLines(text)
  const fence = '`'.repeat(Math.max(3, longestBackticks(lines) + 1))
  return `${fence}${language}\n${lines}${lines.endsWith('\n') || lines === '' ? '' : '\n'}${fence}\n`
}
