// What the tests of sources share: a sink that keeps what comes, and waiting for it.

import type { TestContext } from 'node:test'
import type { LogRecord } from '../../core/model.ts'
import { createPoller } from '../../node/poller.ts'
import { WallClock } from '../clock.ts'
import type { Capture, Piece, Sink, SourceHost } from './source.ts'

export class KeptSink implements Sink {
  readonly pieces: Piece[] = []
  readonly troubles: string[] = []
  lostCount = 0
  hasEnded = false

  take(piece: Piece): void {
    this.pieces.push(piece)
  }
  lost(count: number): void {
    this.lostCount += count
  }
  trouble(message: string): void {
    this.troubles.push(message)
  }
  ended(): void {
    this.hasEnded = true
  }

  get records(): LogRecord[] {
    return this.pieces.flatMap(piece => piece.records)
  }
  get texts(): string[] {
    return this.records.map(record => record.text)
  }
  bytes(stream = ''): Buffer {
    return Buffer.concat(this.pieces.filter(piece => piece.stream === stream).map(piece => piece.bytes))
  }
}

export async function until(met: () => boolean, what: string, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!met()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** A host whose poller ends with the test; captures that a failed test left open end with it. */
export function testHost(context: TestContext, poller = createPoller(), bootId = 'boot-1'): SourceHost {
  context.after(() => poller.close())
  return { poller, clock: new WallClock(), bootId, maxSenders: 256 }
}

/** Closes a capture with the test, should the test not come to that itself. */
export async function opened(context: TestContext, opening: Capture | Promise<Capture>): Promise<Capture> {
  const capture = await opening
  context.after(async () => {
    try {
      await capture.close()
    } catch {
      // it is closed
    }
  })
  return capture
}
