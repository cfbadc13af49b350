// A question on the terminal before something is changed.

import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

/** Only "yes" or "y" is a yes; without a terminal it is no. */
export async function agreed(terminal: Terminal, question: string): Promise<boolean> {
  if (!terminal.stdinInteractive || !terminal.interactive) return false
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return /^\s*y(?:es)?\s*$/i.test(await lines.question(`${question} [y/N] `))
  } finally {
    lines.close()
  }
}
