// The command as a user runs it, in process: arguments and input in, output and exit code out.

import { Readable, Writable } from 'node:stream'
import { runProgram } from '../src/cli/program.ts'
import type { Terminal } from '../src/cli/terminal.ts'
import { type Input, openInput } from '../src/node/files.ts'

export interface Outcome {
  code: number
  out: string
  err: string
}

/** Standard input with this text in it. */
const piped = async (text: string): Promise<Input> => ({
  name: '-',
  chunks: Readable.from([Buffer.from(text)]),
  damage: [],
  bytesRead: text.length,
  close: async () => {},
})

export async function runCommand(args: string[], stdin = '', change: Partial<Terminal> = {}): Promise<Outcome> {
  let out = ''
  let err = ''
  const stderr = new Writable({
    write(chunk, _, done) {
      err += String(chunk)
      done()
    },
  })
  const code = await runProgram(args, {
    open: name => (name === '-' ? piped(stdin) : openInput(name)),
    stdinInteractive: false,
    print: async text => {
      out += text
    },
    printBytes: async bytes => {
      out += Buffer.from(bytes).toString('latin1')
    },
    complain: message => {
      err += `faultline: ${message}\n`
    },
    stderr,
    interactive: false,
    columns: 100,
    env: {},
    ...change,
  })
  return { code, out, err }
}
