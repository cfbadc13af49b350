// What a transaction changed, for those who want to know it the moment it is durable. Whoever changes something says so
// with the transaction in hand; the store tells it when that has committed, and nothing when it has not.

export interface Changes {
  /** reports were filed or issues changed: their rows tell which */
  issues: boolean
  /** hosts that said something of themselves */
  hosts: Set<string>
  /** hosts whose kernel log has grown */
  logs: Set<string>
  /** symbols came or went */
  symbols: boolean
}

export type ChangeListener = (changes: Changes) => void

const noted = new WeakMap<object, Changes>()

/** What is noted of the transaction `tx` so far; to be added to. */
export function changesOf(tx: object): Changes {
  let changes = noted.get(tx)
  if (changes === undefined) {
    changes = { issues: false, hosts: new Set(), logs: new Set(), symbols: false }
    noted.set(tx, changes)
  }
  return changes
}

export class Listeners {
  readonly #all = new Set<ChangeListener>()

  /** Gives what takes it away again. A listener must not throw. */
  add(listener: ChangeListener): () => void {
    this.#all.add(listener)
    return () => this.#all.delete(listener)
  }

  /** The transaction has committed. */
  tell(tx: object): void {
    const changes = noted.get(tx)
    noted.delete(tx)
    if (changes !== undefined) for (const listener of this.#all) listener(changes)
  }
}
