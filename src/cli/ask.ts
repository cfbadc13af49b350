// A question on the terminal before something is changed.

import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

/** Only "yes" or "y" is a yes; without a terminal it is no, and so are Ctrl-C, Ctrl-D and a terminal that goes away. */
export async function agreed(terminal: Terminal, question: string): Promise<boolean> {
  if (!terminal.stdinInteractive || !terminal.interactive) return false
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const gone = new Promise<string>(resolve => lines.once('close', () => resolve('')))
    const answer = lines.question(`${question} [y/N] `).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'AbortError') return ''
      throw error
    })
    return /^\s*y(?:es)?\s*$/i.test(await Promise.race([answer, gone]))
  } finally {
    lines.close()
  }
}
