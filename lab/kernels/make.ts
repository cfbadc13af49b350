// `make`, with all processors at low priority, its words in a file, and a sign of life now and then.

import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { tell } from '../tell.ts'

/** seconds between two signs of life */
const SIGN_SECONDS = 30

/** What the compiler calls itself in the kernel's banner, the same on every machine and day. */
const banner = {
  KBUILD_BUILD_USER: 'lab',
  KBUILD_BUILD_HOST: 'faultline',
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 2026',
}

/** Runs make in the folder. Throws an Error with the last lines of its output when it fails. */
export async function make(what: string, folder: string, args: readonly string[], log: string): Promise<void> {
  const child = spawn('nice', ['-n', '19', 'make', '-C', folder, `-j${availableParallelism()}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', ...banner },
  })
  const file = createWriteStream(log, { flags: 'a' })
  let compiled = 0
  child.stdout.on('data', (chunk: Buffer) => {
    compiled += chunk.toString('latin1').split('  CC ').length - 1
    file.write(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => file.write(chunk))
  const sign = setInterval(() => tell(`${what}: ${compiled} files compiled`), SIGN_SECONDS * 1000)
  const stop = (): void => void child.kill('SIGTERM')
  const end = (): never => process.exit(143)
  process.on('exit', stop)
  // Without a handler this process would go and leave make behind.
  process.on('SIGTERM', end)
  try {
    const outcome = await new Promise<string>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) =>
        resolve(code === 0 ? '' : signal ? `was ended by ${signal}` : `failed (${code})`),
      )
    })
    await new Promise<void>(resolve => void file.end(resolve))
    if (outcome) throw new Error(`make ${what} ${outcome}; ${log} ends with:\n${lastLines(log)}`)
  } finally {
    clearInterval(sign)
    process.off('exit', stop)
    process.off('SIGTERM', end)
    file.end()
  }
}

/** The lines with an error, or the last ones. */
function lastLines(log: string): string {
  const lines = readFileSync(log, 'latin1').trimEnd().split('\n')
  const errors = lines.filter(line => /error[: ]|undefined reference/i.test(line))
  return (errors.length > 0 ? errors : lines).slice(-15).join('\n')
}
