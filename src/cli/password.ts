// A password: typed twice on a terminal that does not show it, or the first line of standard input.

import { Trouble } from './exit.ts'
import type { Terminal } from './terminal.ts'

const MAX_BYTES = 4096
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'
const BACKSPACES = ['\u007f', '\b']

/** Throws Trouble. */
export async function askPassword(terminal: Terminal, name: string): Promise<string> {
  if (!terminal.stdinInteractive) return firstLine(terminal)
  const password = await typed(terminal, `Password of ${name}: `)
  if ((await typed(terminal, 'Once more: ')) !== password)
    throw new Trouble('the two are not the same; nothing was done.')
  return password
}

async function firstLine(terminal: Terminal): Promise<string> {
  const input = await terminal.open('-')
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of input.chunks) {
    pieces.push(Buffer.from(piece))
    bytes += piece.length
    if (bytes > MAX_BYTES) throw new Trouble(`the password on standard input is longer than ${MAX_BYTES} bytes.`)
  }
  const [line = ''] = Buffer.concat(pieces).toString('utf8').split(/\r?\n/)
  if (line === '') throw new Trouble('expected a password on standard input, or a terminal to ask on.')
  return line
}

/** With the terminal in raw mode, nothing is echoed: termios(3), ECHO. */
function typed(terminal: Terminal, question: string): Promise<string> {
  const { stdin } = process
  terminal.stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (then: () => void): void => {
      stdin.off('data', hear)
      stdin.setRawMode(false)
      stdin.pause()
      terminal.stderr.write('\n')
      then()
    }
    const hear = (chunk: string): void => {
      for (const key of chunk) {
        const done = key === '\r' || key === '\n' || (key === CTRL_D && text !== '')
        if (done || key === CTRL_C || key === CTRL_D) {
          end(done ? () => resolve(text) : () => reject(new Trouble('ended; nothing was done.')))
          return
        }
        if (key === CTRL_U) text = ''
        else if (BACKSPACES.includes(key)) text = [...text].slice(0, -1).join('')
        else if (key >= ' ' && text.length < MAX_BYTES) text += key
      }
    }
    stdin.on('data', hear)
  })
}
