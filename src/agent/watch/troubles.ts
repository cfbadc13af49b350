// What a person should know: told once, and the last of it in the status.

import type { Status } from './status.ts'

const MAX_TROUBLES = 20

export class Troubles {
  private readonly tell: (message: string) => void
  list: Status['troubles'] = []

  constructor(tell: (message: string) => void) {
    this.tell = tell
  }

  say(message: string): void {
    const known = this.list.some(each => each.message === message)
    const others = this.list.filter(each => each.message !== message)
    this.list = [...others, { at: new Date().toISOString(), message }].slice(-MAX_TROUBLES)
    if (!known) this.tell(message)
  }
}
