// Messages as bytes for a target that takes any number of them: what was written in part is gone on with, not begun anew.

import type { Message } from './message.ts'

/** So much is made ready for one write. */
const WRITE_BYTES = 512 * 1024

export class LineQueue {
  private readonly render: (message: Message) => string
  /** how many bytes of the first message went out already */
  private done = 0

  constructor(render: (message: Message) => string) {
    this.render = render
  }

  /**
   * Writes from the front of the batch with `write`, which gives how many bytes it took. Result: messages that went out
   * whole. A throw of `write` after something went out is left for the next call to meet again.
   */
  async send(batch: readonly Message[], write: (bytes: Buffer) => Promise<number> | number): Promise<number> {
    let sent = 0
    while (sent < batch.length) {
      const pieces = this.takePieces(batch, sent)
      const bytes = Buffer.concat(pieces).subarray(this.done)
      let taken: number
      try {
        taken = bytes.length === 0 ? 0 : await write(bytes)
      } catch (error) {
        if (sent > 0) return sent
        throw error
      }
      const whole = this.advance(pieces, taken)
      sent += whole
      if (taken < bytes.length) return sent
    }
    return sent
  }

  /** The target is a new one: a message that went out in part goes out whole there. */
  restart(): void {
    this.done = 0
  }

  private takePieces(batch: readonly Message[], from: number): Buffer[] {
    const pieces: Buffer[] = []
    let size = 0
    for (let i = from; i < batch.length && size < WRITE_BYTES; i++) {
      const piece = Buffer.from(this.render(batch[i]!))
      pieces.push(piece)
      size += piece.length
    }
    return pieces
  }

  /** `taken` more bytes went out: how many of the pieces are whole now. */
  private advance(pieces: readonly Buffer[], taken: number): number {
    let left = this.done + taken
    let whole = 0
    while (whole < pieces.length && left >= pieces[whole]!.length) {
      left -= pieces[whole]!.length
      whole++
    }
    this.done = left
    return whole
  }
}
