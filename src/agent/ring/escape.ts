// What dmesg prints of a message that could harm a terminal: as \xNN.

/** [:print:] of the C library's UTF-8 locales: every assigned character but controls and the two separators. */
const unprintable = /[\p{Cn}\p{Cs}\p{Cc}\p{Zl}\p{Zp}]/u
/** … and [:space:], which goes out as it is. localedata/locales/i18n_ctype */
const space = /[\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]/
/** Printable to the C library, but hides or turns round what stands beside it. */
const misleading = /[\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

const plain = /^[\x20-\x7e\t]*$/

export interface EscapeRules {
  /** the locale's character set is UTF-8; else every byte from 0x80 on is escaped */
  utf8: boolean
  /** also what dmesg lets through and a terminal acts upon: CR, VT, FF, invisible and direction-changing characters */
  strict: boolean
}

const hex = (text: string): string => {
  let result = ''
  for (let i = 0; i < text.length; i++) result += `\\x${text.charCodeAt(i).toString(16).padStart(2, '0')}`
  return result
}

/** `text` has a character a byte. Its line breaks stay. */
export function escapeBytes(text: string, rules: EscapeRules): string {
  if (plain.test(text)) return text
  let result = ''
  for (let i = 0; i < text.length; ) {
    const length = rules.utf8 ? sequenceLength(text, i) : 1
    const bytes = text.slice(i, i + length)
    result += isShown(bytes, rules) ? bytes : hex(bytes)
    i += length
  }
  return result
}

function isShown(bytes: string, { strict }: EscapeRules): boolean {
  const first = bytes.charCodeAt(0)
  if (bytes.length === 1) {
    return (
      (first >= 0x20 && first <= 0x7e) ||
      first === 0x09 ||
      first === 0x0a ||
      (!strict && first >= 0x0b && first <= 0x0d)
    )
  }
  const character = Buffer.from(bytes, 'latin1').toString()
  if (strict && misleading.test(character)) return false
  return !unprintable.test(character) || space.test(character)
}

/** Bytes of the UTF-8 sequence that begins here; 1 for a byte that begins none, or a broken one. RFC 3629 §4 */
function sequenceLength(text: string, at: number): number {
  const first = text.charCodeAt(at)
  const length = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1
  if (length === 1) return 1
  for (let i = 1; i < length; i++) {
    const next = text.charCodeAt(at + i)
    if (!(next >= 0x80 && next <= 0xbf)) return 1
  }
  const second = text.charCodeAt(at + 1)
  const overlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90)
  const beyond = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f)
  return overlong || beyond ? 1 : length
}
