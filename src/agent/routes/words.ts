// A line of words: blanks part them, quotes keep them together, a backslash takes the next character as it is.

export interface Word {
  text: string
  /** offset in the line, for messages */
  at: number
  /** a part of it stood in quotes */
  quoted: boolean
}

export class WordError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** `kern.err text="I/O error" /var/log/kern.err`; a `#` where a word would begin starts a comment. Throws WordError. */
export function splitWords(line: string): Word[] {
  const words: Word[] = []
  let i = 0
  for (;;) {
    while (i < line.length && isBlank(line[i]!)) i++
    if (i >= line.length || line[i] === '#') return words
    const at = i
    let text = ''
    let quoted = false
    while (i < line.length && !isBlank(line[i]!)) {
      const character = line[i]!
      if (character === '"' || character === "'") {
        const end = closingQuote(line, i)
        text += unquoted(line.slice(i + 1, end), character)
        quoted = true
        i = end + 1
      } else if (character === '\\' && i + 1 < line.length) {
        text += line[i + 1]
        i += 2
      } else {
        text += character
        i++
      }
    }
    words.push({ text, at, quoted })
  }
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t'

function closingQuote(line: string, start: number): number {
  const quote = line[start]
  for (let i = start + 1; i < line.length; i++) {
    if (line[i] === '\\' && quote === '"') i++
    else if (line[i] === quote) return i
  }
  throw new WordError(`the ${quote} at column ${start + 1} is not closed`, start)
}

/** Within double quotes `\"` and `\\` are the character itself; other backslashes stay, so that patterns need no more of them. */
const unquoted = (text: string, quote: string): string => (quote === '"' ? text.replace(/\\(["\\])/g, '$1') : text)

/** A word as it can stand in a line: quoted where it must be. */
export function quoteWord(text: string): string {
  if (text !== '' && !/[\s"'\\#]/.test(text)) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
