// Keys are made by the application, so that any store, one or many, can keep them: UUIDv7 sort as they were made.

import { randomFillSync } from 'node:crypto'

/** The system is asked for the randomness of many ids at once: asking takes ten times as long as all else of an id. */
const random = Buffer.alloc(2048)
let randomAt = random.length

let lastMs = 0
let sequence = 0

/** Ids made from now on are greater than this one, whatever became of the clock since it was made. */
export function goOnBehind(id: string): void {
  const ms = Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
  if (ms > lastMs) {
    lastMs = ms
    sequence = 0xfff
  }
}

/** RFC 9562 §5.7, with the 12 bits of rand_a as a counter (§6.2, method 1): each is greater than the one before. */
export function newId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = 0
  } else if (++sequence > 0xfff) {
    // More than 4096 in one millisecond: the time is borrowed from the next.
    lastMs++
    sequence = 0
  }
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(lastMs, 0, 6)
  bytes.writeUInt16BE(0x7000 | sequence, 6)
  if (randomAt === random.length) {
    randomFillSync(random)
    randomAt = 0
  }
  random.copy(bytes, 8, randomAt, randomAt + 8)
  randomAt += 8
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
