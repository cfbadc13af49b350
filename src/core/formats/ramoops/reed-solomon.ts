// The Reed-Solomon code that guards a ramoops zone: lib/reed_solomon with symbols of 8 bits, the polynomial 0x11d, first
// root 0 and primitive element 1, as fs/pstore/ram_core.c asks for it. Shortened: leading zeros are not stored.

const FIELD = 255
const POLYNOMIAL = 0x11d

const exponents = new Uint8Array(2 * FIELD)
const logarithms = new Uint8Array(256)
for (let power = 0, value = 1; power < FIELD; power++) {
  exponents[power] = value
  exponents[power + FIELD] = value
  logarithms[value] = power
  value <<= 1
  if (value & 0x100) value ^= POLYNOMIAL
}

const multiply = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : exponents[logarithms[a]! + logarithms[b]!]!

const inverse = (a: number): number => exponents[FIELD - logarithms[a]!]!

/** α to any power, negative ones too. */
const alpha = (power: number): number => exponents[((power % FIELD) + FIELD) % FIELD]!

/** The value of a polynomial, lowest coefficient first. */
function evaluate(polynomial: Uint8Array, at: number): number {
  let value = 0
  for (let index = polynomial.length - 1; index >= 0; index--) value = multiply(value, at) ^ polynomial[index]!
  return value
}

/** The remainders that are all zero in a sound codeword; its first byte is the highest coefficient. */
function syndromesOf(codeword: Uint8Array, parityBytes: number): Uint8Array {
  const syndromes = new Uint8Array(parityBytes)
  for (const byte of codeword) {
    for (let root = 0; root < parityBytes; root++) {
      const before = syndromes[root]!
      syndromes[root] = byte ^ (before === 0 ? 0 : exponents[logarithms[before]! + root]!)
    }
  }
  return syndromes
}

/** The polynomial whose roots say where the errors are: Berlekamp and Massey's algorithm. */
function errorLocator(syndromes: Uint8Array): { locator: Uint8Array; errors: number } {
  let locator = new Uint8Array(syndromes.length + 1)
  let previous = new Uint8Array(syndromes.length + 1)
  locator[0] = 1
  previous[0] = 1
  let errors = 0
  let shift = 1
  let scale = 1
  for (let step = 0; step < syndromes.length; step++) {
    let discrepancy = syndromes[step]!
    for (let index = 1; index <= errors; index++) discrepancy ^= multiply(locator[index]!, syndromes[step - index]!)
    if (discrepancy === 0) {
      shift++
      continue
    }
    const next = locator.slice()
    const factor = multiply(discrepancy, inverse(scale))
    for (let index = 0; index + shift < next.length; index++) {
      next[index + shift]! ^= multiply(factor, previous[index]!)
    }
    if (2 * errors <= step) {
      errors = step + 1 - errors
      previous = locator
      scale = discrepancy
      shift = 1
    } else shift++
    locator = next
  }
  return { locator, errors }
}

/**
 * Puts a codeword right, data first and its parity behind it, 255 bytes at most. How many bytes were wrong; undefined,
 * and the codeword as it was, where more than half of the parity's number are.
 */
export function correct(codeword: Uint8Array, parityBytes: number): number | undefined {
  const syndromes = syndromesOf(codeword, parityBytes)
  if (syndromes.every(value => value === 0)) return 0
  const { locator, errors } = errorLocator(syndromes)
  if (errors * 2 > parityBytes) return undefined
  // Omega = syndromes × locator, modulo x^parityBytes.
  const omega = new Uint8Array(parityBytes)
  for (let index = 0; index < parityBytes; index++) {
    for (let other = 0; other <= Math.min(index, errors); other++) {
      omega[index]! ^= multiply(locator[other]!, syndromes[index - other]!)
    }
  }
  const corrections: { at: number; value: number }[] = []
  for (let power = 0; power < codeword.length; power++) {
    const root = alpha(-power)
    if (evaluate(locator, root) !== 0) continue
    // The derivative of a polynomial over a field of characteristic 2: its odd terms, one power lower.
    let slope = 0
    for (let index = 1; index <= errors; index += 2) slope ^= multiply(locator[index]!, alpha(-power * (index - 1)))
    if (slope === 0) return undefined
    const value = multiply(alpha(power), multiply(evaluate(omega, root), inverse(slope)))
    corrections.push({ at: codeword.length - 1 - power, value })
  }
  if (corrections.length !== errors) return undefined
  for (const { at, value } of corrections) codeword[at]! ^= value
  if (syndromesOf(codeword, parityBytes).every(value => value === 0)) return errors
  for (const { at, value } of corrections) codeword[at]! ^= value
  return undefined
}

/** The parity of data: what makes all remainders zero. */
export function parityOf(data: Uint8Array, parityBytes: number): Uint8Array {
  // The generator, the product of (x - α^root), without its highest coefficient, which is 1; highest first.
  let generator = Uint8Array.of(1)
  for (let root = 0; root < parityBytes; root++) {
    const next = new Uint8Array(generator.length + 1)
    for (const [index, value] of generator.entries()) {
      next[index]! ^= value
      next[index + 1]! ^= multiply(value, alpha(root))
    }
    generator = next
  }
  const parity = new Uint8Array(parityBytes)
  for (const byte of data) {
    const feedback = byte ^ parity[0]!
    parity.copyWithin(0, 1)
    parity[parityBytes - 1] = 0
    for (let index = 0; index < parityBytes; index++) parity[index]! ^= multiply(feedback, generator[index + 1]!)
  }
  return parity
}
