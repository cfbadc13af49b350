// Flags of a register in words, from a table of its bits.

/** One flag, or one field with names for its values. */
export type Bit =
  | { bit: number; set: string; clear?: string }
  | {
      low: number
      high: number
      values: Readonly<Record<number, string>>
      otherwise?: (value: number) => string | undefined
    }

/** The words for the bits of `value`, in the order of the table. */
export function describeBits(table: readonly Bit[], value: bigint): string[] {
  const words: string[] = []
  for (const row of table) {
    const word = 'bit' in row ? (isSet(value, row.bit) ? row.set : row.clear) : describeField(row, value)
    if (word !== undefined && word !== '') words.push(word)
  }
  return words
}

function describeField(row: Exclude<Bit, { bit: number }>, value: bigint): string | undefined {
  const number = field(value, row.low, row.high)
  return row.values[number] ?? row.otherwise?.(number)
}

export function isSet(value: bigint, bit: number): boolean {
  return ((value >> BigInt(bit)) & 1n) === 1n
}

/** Bits low … high of `value`, both included; at most 32 of them. */
export function field(value: bigint, low: number, high: number): number {
  return Number((value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n))
}
