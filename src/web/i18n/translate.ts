// A sentence that the core, the server or an agent said in English, in another language: known again by its template
// (core/say.ts), its holes filled with what stood in the English one.
//
// A dictionary has the English template as key: "{0} waits for {1}". In its translation {0} is the value as it is, such as
// the name of a function, and {~0} one that is a sentence itself, or several with ", " or " and " between them, and is
// translated in its turn. Holes may stand in any order.

/** What is longer is shown as it is: no sentence of ours is. */
const MAX_LENGTH = 1500
/** Sentences within sentences. */
const MAX_DEPTH = 5
/** Parts of a list. */
const MAX_PARTS = 64
/** Texts that are compared with all templates for one text: ours need a few, and whoever writes a report writes what he likes. */
const MAX_TRIES = 200

interface Template {
  /** what stands before, between and behind the holes */
  words: readonly string[]
  /** of all words, in characters: the template with the most is the one that was meant */
  length: number
  translation: readonly (string | { hole: number; said: boolean })[]
}

/** "{0} is {~1}" by its pieces. */
export const piecesOf = (text: string): (string | { hole: number; said: boolean })[] =>
  text
    .split(/(\{~?\d+\})/)
    .filter(piece => piece !== '')
    .map(piece => {
      const { said, hole } = /^\{(?<said>~?)(?<hole>\d+)\}$/.exec(piece)?.groups ?? {}
      return hole === undefined ? piece : { hole: Number(hole), said: said === '~' }
    })

/** What stands in the holes, each as short as it can be; undefined where the text is of another template. Linear time. */
function holesIn(text: string, words: readonly string[]): string[] | undefined {
  const [first = '', ...between] = words
  const last = between.pop() ?? ''
  const end = text.length - last.length
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return undefined
  const holes: string[] = []
  let at = first.length
  for (const word of between) {
    const next = text.indexOf(word, at)
    if (next < 0 || next + word.length > end) return undefined
    holes.push(text.slice(at, next))
    at = next + word.length
  }
  holes.push(text.slice(at, end))
  return holes
}

/** Between sentences that stand beside each other, the widest first. */
const separators = [
  ['; ', '；'],
  [', ', '，'],
] as const

/** Between the parts of a list in a sentence. */
const listed = /(; |, or |, | or | and )/
const listMarks: Readonly<Record<string, string>> = {
  '; ': '；',
  ', or ': '或 ',
  ', ': '、',
  ' or ': ' 或 ',
  ' and ': '、',
}

/** Nothing that was quoted goes on behind the text. */
const isWhole = (text: string): boolean =>
  text.split('"').length % 2 === 1 && text.split('“').length === text.split('”').length

const beginsHan = /^ ?\p{Script=Han}/u
const endsHan = /\p{Script=Han} ?$/u

/** The blank that parts Chinese from a name is none where a sentence came into the hole. */
function joined(pieces: readonly string[]): string {
  let text = ''
  for (const piece of pieces) {
    const close = endsHan.test(text) && beginsHan.test(piece)
    text = close ? text.trimEnd() + piece.trimStart() : text + piece
  }
  return text
}

/** The text in the dictionary's language; as it is where it is none of its sentences. */
export function translator(dictionary: Readonly<Record<string, string>>): (text: string) => string {
  const whole = new Map<string, string>()
  const templates: Template[] = []
  for (const [key, value] of Object.entries(dictionary)) {
    const words = key.split(/\{\d+\}/)
    if (words.length === 1) whole.set(key, value)
    else templates.push({ words, length: words.join('').length, translation: piecesOf(value) })
  }
  templates.sort((one, other) => other.length - one.length)
  let tries = 0

  function sentence(text: string, depth: number): string | undefined {
    const known = whole.get(text)
    if (known !== undefined) return known
    if (++tries > MAX_TRIES) return undefined
    for (const { words, translation } of templates) {
      const holes = holesIn(text, words)
      if (holes === undefined) continue
      // A name or a number has no such mark: there it is rather two sentences, one behind the other.
      const odd = translation.some(
        piece => typeof piece !== 'string' && !piece.said && /[;:,] /.test(holes[piece.hole] ?? ''),
      )
      const apart = odd ? beside(text, depth) : undefined
      if (apart !== undefined) return apart
      return joined(
        translation.map(piece => {
          if (typeof piece === 'string') return piece
          const value = holes[piece.hole] ?? ''
          return piece.said ? list(value, depth + 1) : value
        }),
      )
    }
    return undefined
  }

  /** A sentence, also one that begins with a capital where its template does not, or several of them. */
  function sentences(text: string, depth: number): string | undefined {
    if (depth > MAX_DEPTH) return undefined
    const small = text.charAt(0).toLowerCase() + text.slice(1)
    return sentence(text, depth) ?? (small === text ? undefined : sentence(small, depth)) ?? beside(text, depth)
  }

  /** Sentences that stand beside each other. */
  function beside(text: string, depth: number): string | undefined {
    for (const [separator, mark] of separators) {
      const parts = text.split(separator, MAX_PARTS + 1)
      if (parts.length < 2 || parts.length > MAX_PARTS) continue
      const translated: string[] = []
      for (const part of parts) {
        const each = isWhole(part) ? sentences(part, depth + 1) : undefined
        if (each === undefined) break
        translated.push(each)
      }
      if (translated.length === parts.length) return translated.join(mark)
    }
    // "8-byte write to NULL+0x50 in kernel mode: page not present"
    const colon = text.indexOf(': ')
    const left = text.slice(0, Math.max(0, colon))
    const before = left === '' || !isWhole(left) ? undefined : sentence(left, depth)
    return before === undefined ? undefined : `${before}：${list(text.slice(colon + 2), depth + 1)}`
  }

  /** What stands in a hole: sentences, or a list of which some are. */
  function list(text: string, depth: number): string {
    if (text === '' || depth > MAX_DEPTH) return text
    const found = sentences(text, depth)
    if (found !== undefined) return found
    const parts = text.split(listed, 2 * MAX_PARTS + 1)
    if (parts.length < 2 || parts.length > 2 * MAX_PARTS) return text
    return parts
      .map((part, index) => (index % 2 === 1 ? (listMarks[part] ?? part) : (sentences(part, depth + 1) ?? part)))
      .join('')
  }

  return text => {
    tries = 0
    return text === '' || text.length > MAX_LENGTH ? text : (sentences(text, 0) ?? text)
  }
}
