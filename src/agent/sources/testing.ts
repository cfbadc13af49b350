// What the tests of sources share: a sink that keeps what comes, and waiting for it.

import type { LogRecord } from '../../core/model.ts'
import { createPoller, type Poller } from '../../node/poller.ts'
import { WallClock } from '../clock.ts'
import type { Piece, Sink, SourceHost } from './source.ts'

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

export async function until(met: () => boolean, what: string, ms = 5000): Promise<void> {
  const deadline = performance.now() + ms
  while (!met()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export function testHost(bootId = 'boot-1'): SourceHost & { poller: Poller } {
  return { poller: createPoller(), clock: new WallClock(), bootId }
}
