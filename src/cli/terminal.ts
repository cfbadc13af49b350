// What a command may touch of the process around it; tests put their own in its place.

import type { Writable } from 'node:stream'
import { terminalSafe } from '../core/render/safe.ts'
import { type Input, openInput } from '../node/files.ts'

export interface Terminal {
  /** Opens a log by its name, '-' is standard input; throws InputError. */
  open(name: string): Promise<Input>
  /** standard input is a terminal, so nothing is piped in */
  stdinInteractive: boolean
  /** Waits while the reader is slow, so that a big log does not pile up in memory. */
  print(text: string): Promise<void>
  /** The same for bytes that are no text of ours, such as an archive. */
  printBytes(bytes: Uint8Array): Promise<void>
  /** One line on standard error, starting with the command's name. */
  complain(message: string): void
  stderr: Writable & { isTTY?: boolean; columns?: number }
  /** standard output is a terminal */
  interactive: boolean
  /** of standard output, 100 where it is none */
  columns: number
  env: Readonly<Record<string, string | undefined>>
}

const columnsOfNoTerminal = 100

/** The one behind which nobody reads any more (`| head`). Not an error of ours: the command just ends. */
export class ReaderGone extends Error {}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  let broken: Error | undefined
  stdout.on('error', error => {
    broken = 'code' in error && error.code === 'EPIPE' ? new ReaderGone() : error
  })
  stderr.on('error', () => {}) // nobody left to tell
  const write = (content: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (broken !== undefined) return reject(broken)
      stdout.write(content, error => {
        if (error == null) resolve()
        else reject('code' in error && error.code === 'EPIPE' ? new ReaderGone() : error)
      })
    })
  return {
    open: openInput,
    stdinInteractive: stdin.isTTY === true,
    stderr,
    env,
    interactive: stdout.isTTY === true,
    columns: stdout.columns ?? columnsOfNoTerminal,
    print: write,
    printBytes: write,
    complain: message => {
      stderr.write(`faultline: ${terminalSafe(message)}\n`)
    },
  }
}

/** Colour only where someone sees it: https://no-color.org, and FORCE_COLOR for `| less -R`. */
export function wantsColour(terminal: Terminal, asked: boolean): boolean {
  if (!asked || (terminal.env.NO_COLOR ?? '') !== '') return false
  if ((terminal.env.FORCE_COLOR ?? '') !== '') return terminal.env.FORCE_COLOR !== '0'
  return terminal.interactive && terminal.env.TERM !== 'dumb'
}
