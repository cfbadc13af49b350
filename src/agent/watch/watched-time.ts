// Time in which the agent could have seen something. A process that had no turn, because the machine was busy or the agent
// itself was, has not seen a silence: the report may be waiting for its turn to go on, too.

/** Between two looks passes at most so much. */
const MOST_MS = 150

export class WatchedTime {
  private last: number
  private watched = 1

  constructor(now: number) {
    this.last = now
  }

  /** A look at the sources, at this time of performance.now(); the watched time so far, ms. */
  look(now: number): number {
    this.watched += Math.min(Math.max(0, now - this.last), MOST_MS)
    this.last = now
    return this.watched
  }

  /** The watched time at the last look, ms: when what comes now came. */
  get now(): number {
    return this.watched
  }
}
