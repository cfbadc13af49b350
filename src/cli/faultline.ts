// The entry of the command: arguments in, exit code out.

import { exitCode } from './exit.ts'
import { runProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

export async function main(): Promise<void> {
  const terminal = processTerminal()
  try {
    process.exitCode = await runProgram(process.argv.slice(2), terminal)
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    terminal.complain(`this is a fault in Faultline itself, please report it:`)
    terminal.stderr.write(`${detail}\n`)
    process.exitCode = exitCode.trouble
  }
}
