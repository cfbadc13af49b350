// Long output for people goes through a pager, as util-linux's commands do it: $PAGER, or less.

import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { Terminal } from './terminal.ts'

export interface Pager {
  print(bytes: Uint8Array): Promise<void>
  /** Waits until the reader has had enough. */
  close(): Promise<void>
}

function canRun(program: string, path: string): boolean {
  const candidates = program.startsWith('/') ? [program] : path.split(':').map(folder => join(folder, program))
  return candidates.some(candidate => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** undefined where none is wanted (PAGER is empty or cat), none is there, or nobody looks at a terminal. */
export function openPager(terminal: Terminal): Pager | undefined {
  const { env } = terminal
  const command = env['PAGER'] ?? 'less'
  const program = command.trim().split(/\s+/)[0] ?? ''
  if (!terminal.interactive || program === '' || program === 'cat') return undefined
  if (!canRun(program, env['PATH'] ?? '')) return undefined
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...env, LESS: env['LESS'] ?? 'FRSX' },
  })
  return pagerOf(child)
}

function pagerOf(child: ChildProcess): Pager {
  const { stdin } = child
  let gone = false
  const ended = new Promise<void>(resolve => {
    child.on('error', () => resolve())
    child.on('exit', () => resolve())
  })
  void ended.then(() => {
    gone = true
  })
  // the reader left before the end
  stdin!.on('error', () => {
    gone = true
  })
  return {
    print: bytes =>
      new Promise(resolve => {
        if (gone || stdin!.write(bytes)) resolve()
        else {
          stdin!.once('drain', resolve)
          void ended.then(resolve)
        }
      }),
    async close() {
      stdin!.end()
      // Ctrl-C is for the pager, not for us who wait for it.
      const ignore = (): void => {}
      process.on('SIGINT', ignore)
      await ended
      process.off('SIGINT', ignore)
    },
  }
}
