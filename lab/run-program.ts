// Programs of the machine, run to their end.

import { spawn } from 'node:child_process'

/** A program that the lab needs said no. The message has its last words. */
export class ProgramError extends Error {
  constructor(program: string, args: readonly string[], outcome: string, output: string) {
    const words = output.trim().split('\n').slice(-12).join('\n')
    super(`${program} ${args.slice(0, 6).join(' ')}${args.length > 6 ? ' …' : ''} ${outcome}${words && `:\n${words}`}`)
    this.name = 'ProgramError'
  }
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** given to standard input */
  input?: Uint8Array
}

/** Standard output of the program. Throws ProgramError when it cannot be started or ends with another code than 0. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, LC_ALL: 'C', ...options.env },
    })
    const output: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout?.on('data', chunk => output.push(chunk))
    child.stderr?.on('data', chunk => errors.push(chunk))
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
    child.on('error', error => reject(new ProgramError(program, args, `cannot be run: ${error.message}`, '')))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(output))
      else {
        const words = Buffer.concat(errors).toString() || Buffer.concat(output).toString()
        reject(
          new ProgramError(program, args, signal === null ? `ended with ${code}` : `was ended by ${signal}`, words),
        )
      }
    })
  })
}
