// The machines that a source hears, each with its own state; a stranger cannot make it grow without end.

export class Senders<State> {
  private readonly states = new Map<string, State>()
  private readonly most: number
  private readonly make: (name: string) => State
  private readonly gone: (state: State) => void
  /** senders that were forgotten for others */
  forgotten = 0

  constructor(most: number, make: (name: string) => State, gone: (state: State) => void) {
    this.most = most
    this.make = make
    this.gone = gone
  }

  /** The state of this sender, who is now the last to be forgotten. */
  of(name: string): State {
    const state = this.states.get(name) ?? this.make(name)
    this.states.delete(name)
    this.states.set(name, state)
    if (this.states.size > this.most) {
      const [oldest, unused] = this.states.entries().next().value!
      this.states.delete(oldest)
      this.forgotten++
      this.gone(unused)
    }
    return state
  }

  get size(): number {
    return this.states.size
  }

  all(): IterableIterator<State> {
    return this.states.values()
  }
}
