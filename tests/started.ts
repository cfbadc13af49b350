// The command as it is built, as a process that says with --json where it listens.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Served } from './served-bundles.ts'

export const command = join(dirname(import.meta.dirname), 'dist', 'faultline.mjs')

export interface Started extends Served {
  child: ChildProcess
  /** the address that opens logged in, of `up` */
  login?: string
}

/** `faultline serve …` or `faultline up …`, when it listens. Throws when it ends before. */
export async function started(args: readonly string[], stderr: 'inherit' | 'ignore' = 'inherit'): Promise<Started> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', command, ...args, '--json'], {
    stdio: ['ignore', 'pipe', stderr],
  })
  let text = ''
  for await (const piece of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += piece
    if (text.includes('\n')) break
  }
  assert.match(text, /\n/, `the server ended: ${text}`)
  child.stdout!.resume()
  const { url, tokenFile, login } = JSON.parse(text) as { url: string; tokenFile: string; login?: string }
  return { child, url, token: readFileSync(tokenFile, 'utf8').trim(), ...(login === undefined ? {} : { login }) }
}

/** Its exit code. */
export async function ended({ child }: Started, signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<number | null> {
  const exit = once(child, 'exit')
  child.kill(signal)
  return ((await exit) as [number | null])[0]
}
