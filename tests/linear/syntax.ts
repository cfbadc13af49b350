// The syntax of a regular expression as far as it decides how long matching takes.

/** Bit n stands for the character n below 128, bit 128 for all others, bit 129 for the end of the text. */
export type Letters = bigint

const other = 1n << 128n
export const endOfText: Letters = 1n << 129n
const ascii = (1n << 128n) - 1n
export const anyLetter: Letters = ascii | other

export type Node =
  | { is: 'letters'; letters: Letters }
  | { is: 'sequence'; parts: Node[] }
  | { is: 'choice'; options: Node[] }
  | { is: 'repeat'; part: Node; min: number; max: number }

const nothing: Node = { is: 'sequence', parts: [] }

const letter = (code: number): Letters => (code < 128 ? 1n << BigInt(code) : other)
const range = (first: number, last: number): Letters => {
  let letters = 0n
  for (let code = first; code <= Math.min(last, 127); code++) letters |= letter(code)
  return last > 127 ? letters | other : letters
}

const digit = range(48, 57)
const word = digit | range(65, 90) | range(97, 122) | letter(95)
const space = range(9, 13) | letter(32) | other
const lineBreak = letter(10) | letter(13)
const classes: Readonly<Record<string, Letters>> = {
  d: digit,
  D: anyLetter & ~digit,
  w: word,
  W: anyLetter & ~word,
  s: space,
  S: anyLetter & ~(space & ascii),
}
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 }

/** Reads the source of a RegExp. Assertions other than `$` are left out: they only make matches fewer. */
export class SyntaxReader {
  readonly #source: string
  readonly #flags: string
  #at = 0

  constructor(source: string, flags: string) {
    this.#source = source
    this.#flags = flags
  }

  read(): Node {
    return this.#choice()
  }

  #peek(text: string): boolean {
    return this.#source.startsWith(text, this.#at)
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false
    this.#at += text.length
    return true
  }

  #choice(): Node {
    const options = [this.#sequence()]
    while (this.#take('|')) options.push(this.#sequence())
    return options.length === 1 ? options[0]! : { is: 'choice', options }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.#at < this.#source.length && !this.#peek('|') && !this.#peek(')')) parts.push(this.#term())
    return { is: 'sequence', parts }
  }

  #term(): Node {
    const part = this.#atom()
    const [min, max] = this.#quantifier()
    this.#take('?')
    return min === 1 && max === 1 ? part : { is: 'repeat', part, min, max }
  }

  #quantifier(): [number, number] {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    const counted = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#source.slice(this.#at, this.#at + 20))
    if (counted === null) return [1, 1]
    this.#at += counted[0].length
    const min = Number(counted[1])
    if (counted[2] === undefined) return [min, min]
    return [min, counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3])]
  }

  #atom(): Node {
    if (this.#take('(')) return this.#group()
    if (this.#take('[')) return { is: 'letters', letters: this.#class() }
    if (this.#take('.'))
      return { is: 'letters', letters: this.#flags.includes('s') ? anyLetter : anyLetter & ~lineBreak }
    if (this.#take('^')) return nothing
    if (this.#take('$')) return { is: 'letters', letters: endOfText }
    if (this.#take('\\b') || this.#take('\\B')) return nothing
    return { is: 'letters', letters: this.#cased(this.#letter()) }
  }

  #group(): Node {
    const assertion = this.#take('?=') || this.#take('?!') || this.#take('?<=') || this.#take('?<!')
    if (!assertion && !this.#take('?:') && this.#take('?<')) this.#at = this.#source.indexOf('>', this.#at) + 1
    const body = this.#choice()
    this.#take(')')
    return assertion ? nothing : body
  }

  #class(): Letters {
    const negated = this.#take('^')
    let letters = 0n
    while (!this.#take(']')) {
      const first = this.#letter()
      if (!this.#peek('-') || this.#source[this.#at + 1] === ']') {
        letters |= first
        continue
      }
      this.#at++
      letters |= range(codeOf(first), codeOf(this.#letter()))
    }
    letters = this.#cased(letters)
    return negated ? anyLetter & ~(letters & ascii) : letters
  }

  #letter(): Letters {
    const code = this.#source.codePointAt(this.#at)!
    this.#at += code > 0xffff ? 2 : 1
    if (code !== 92) return letter(code)
    const escaped = this.#source[this.#at++]!
    if (escaped in classes) return classes[escaped]!
    if (escaped in controls) return letter(controls[escaped]!)
    const hex = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\})/i.exec(
      this.#source.slice(this.#at - 1, this.#at + 9),
    )
    if (hex !== null) {
      this.#at += hex[0].length - 1
      return letter(Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16))
    }
    return letter(escaped.charCodeAt(0))
  }

  #cased(letters: Letters): Letters {
    if (!this.#flags.includes('i')) return letters
    const upper = (letters >> 32n) & range(65, 90)
    const lower = (letters & range(65, 90)) << 32n
    return letters | upper | lower
  }
}

/** The lowest letter of a set. */
export function codeOf(letters: Letters): number {
  let code = 0
  for (let rest = letters; (rest & 1n) === 0n && code < 129; rest >>= 1n) code++
  return code
}

/** A readable letter of the set. */
export function sample(letters: Letters): string {
  for (const choice of ' 0a-:A') if (letters & letter(choice.charCodeAt(0))) return choice
  const code = codeOf(letters)
  return code < 128 ? String.fromCharCode(code) : '\u{e9}'
}
