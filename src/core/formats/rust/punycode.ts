// Bootstring parameters of RFC 3492, section 5.
const base = 36
const tMin = 1
const tMax = 26
const skew = 38
const damp = 700
const initialBias = 72
const initialN = 128
const lastCodePoint = 0x10ffff

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / damp) : delta >> 1
  rest += Math.floor(rest / points)
  let bias = 0
  while (rest > ((base - tMin) * tMax) >> 1) {
    rest = Math.floor(rest / (base - tMin))
    bias += base
  }
  return bias + Math.floor(((base - tMin + 1) * rest) / (rest + skew))
}

/** a…z are 0…25, 0…9 are 26…35. */
function digitValue(code: number): number {
  if (code >= 97 && code <= 122) return code - 97
  if (code >= 48 && code <= 57) return code - 48 + 26
  return -1
}

/**
 * Text of a Punycode string, given as its two halves: the ASCII letters that stand as such, and the deltas.
 * RFC 3492, section 6.2; `undefined` when it is not valid.
 */
export function decodePunycode(ascii: string, deltas: string): string | undefined {
  const points = Array.from(ascii, letter => letter.codePointAt(0)!)
  let n = initialN
  let bias = initialBias
  let index = 0
  for (let at = 0; at < deltas.length; ) {
    const before = index
    let weight = 1
    for (let k = base; ; k += base) {
      const digit = digitValue(deltas.charCodeAt(at++))
      if (digit < 0) return undefined
      index += digit * weight
      if (index > Number.MAX_SAFE_INTEGER) return undefined
      const threshold = Math.min(Math.max(k - bias, tMin), tMax)
      if (digit < threshold) break
      weight *= base - threshold
    }
    const length = points.length + 1
    bias = adapt(index - before, length, before === 0)
    n += Math.floor(index / length)
    if (n > lastCodePoint || (n >= 0xd800 && n <= 0xdfff)) return undefined
    index %= length
    points.splice(index++, 0, n)
  }
  return String.fromCodePoint(...points)
}
