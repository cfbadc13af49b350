// A body that a thread takes piece by piece. What is small is whole before a thread begins with it, so that one who sends
// slowly holds up none; of what is big, one piece is read ahead of what the thread has asked for, and no more.

import { concatenate } from '../../core/bytes/concatenate.ts'

/** What the thread is given first, and whether it is all. */
export interface Begun {
  bytes: Uint8Array
  whole: boolean
}

export interface PieceCalls {
  /** More of the body; undefined: that was all of it. */
  more(): Promise<Uint8Array | undefined>
}

/** The body as the thread has it. */
export async function* piecesOf({ more }: PieceCalls, { bytes, whole }: Begun): AsyncGenerator<Uint8Array> {
  yield bytes
  if (whole) return
  for (let piece = await more(); piece !== undefined; piece = await more()) yield piece
}

/** So much is gathered before a thread is asked. */
const GATHERED_BYTES = 256 * 1024

/** As it comes, or all that there is. */
export type Body = AsyncIterable<Uint8Array> | readonly Uint8Array[]

/** Does `work`, which gives the body to a thread. Throws as the body and the work do. */
export async function handing<T>(body: Body, work: (begun: Begun, more: PieceCalls['more']) => Promise<T>): Promise<T> {
  const pieces = eachOf(body)
  let ahead: Promise<IteratorResult<Uint8Array>> | undefined
  const readAhead = (): void => {
    ahead = pieces.next()
    // Who asks for it hears of a fault; when nobody does any more, it is nothing to anybody.
    ahead.catch(() => {})
  }
  try {
    const begun = await gather(pieces)
    if (!begun.whole) readAhead()
    return await work(begun, async () => {
      const next = await ahead
      if (next === undefined || next.done === true) return undefined
      readAhead()
      // A buffer of its own goes to the thread without being copied once more.
      return concatenate([next.value])
    })
  } finally {
    // Not waited for: a sender may be silent for long.
    pieces.return(undefined).catch(() => {})
  }
}

async function* eachOf(body: Body): AsyncGenerator<Uint8Array> {
  yield* body
}

async function gather(pieces: AsyncIterator<Uint8Array>): Promise<Begun> {
  const gathered: Uint8Array[] = []
  for (let length = 0; length < GATHERED_BYTES; ) {
    const next = await pieces.next()
    if (next.done === true) return { bytes: concatenate(gathered), whole: true }
    gathered.push(next.value)
    length += next.value.length
  }
  return { bytes: concatenate(gathered), whole: false }
}
