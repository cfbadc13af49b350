// Which symbols have a name that starts at an offset of the table of names: a hash table in two flat arrays, since making
// a Map of a kernel's hundred thousand symbols takes longer than the whole lookup may.

export class NameOffsets {
  /** symbol index by slot, 0 for an empty one (symbol 0 is none) */
  readonly #slots: Uint32Array
  /** symbol index → the next one with a name at the same offset, 0 for none */
  readonly #next: Uint32Array
  readonly #mask: number
  readonly #offsetOf: (index: number) => number

  constructor(count: number, offsetOf: (index: number) => number) {
    let slots = 16
    while (slots < count * 2) slots *= 2
    this.#slots = new Uint32Array(slots)
    this.#next = new Uint32Array(count)
    this.#mask = slots - 1
    this.#offsetOf = offsetOf
    // From the last on, so that the symbols of one name come in the order of the table.
    for (let index = count - 1; index > 0; index--) {
      const slot = this.#slotOf(offsetOf(index))
      this.#next[index] = this.#slots[slot]!
      this.#slots[slot] = index
    }
  }

  /** Indices of the symbols whose name starts at this offset. */
  *at(offset: number): Generator<number> {
    for (let index = this.#slots[this.#slotOf(offset)]!; index !== 0; index = this.#next[index]!) yield index
  }

  /** The slot of this offset, or the empty one where it would be. */
  #slotOf(offset: number): number {
    let slot = (Math.imul(offset, 0x9e3779b1) >>> 12) & this.#mask
    for (;;) {
      const index = this.#slots[slot]!
      if (index === 0 || this.#offsetOf(index) === offset) return slot
      slot = (slot + 1) & this.#mask
    }
  }
}
