// A program that gets the messages on its standard input. It runs as long as it likes; when it ends, it is started again.

import { type ChildProcess, spawn } from 'node:child_process'
import { formatMessage } from '../format.ts'
import type { Message } from '../message.ts'
import { splitWords, WordError } from '../words.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

/** One that lived for less is not started again at once: the outlet waits longer each time. */
const END_MS = 2000

/** Nothing of the agent's own environment but what every program may expect. */
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' }

export const command: TargetKind = {
  name: 'exec',
  forms: ['exec:PROGRAM', 'exec:"PROGRAM ARGUMENT…"'],
  options: [],
  recognise(word, options) {
    if (!word.startsWith('exec:')) return undefined
    const [program, ...args] = wordsOf(word.slice(5))
    if (program === undefined || !program.startsWith('/')) {
      throw new TargetError(`"${word}": the absolute path of a program was expected after "exec:"`)
    }
    return host => {
      const format = options.format ?? 'syslog'
      return commandChannel(program, args, message => formatMessage(message, format, host))
    }
  },
}

/** No shell sees the line: words, quotes, nothing else. */
function wordsOf(text: string): string[] {
  try {
    return splitWords(text).map(each => each.text)
  } catch (error) {
    if (error instanceof WordError) throw new TargetError(`exec: ${error.message}`)
    throw error
  }
}

interface Running {
  child: ChildProcess
  ended: Promise<string>
  /** how it ended */
  end?: string
}

function start(program: string, args: readonly string[]): Running {
  // A process group of its own, so that all that it starts can be ended with it.
  const child = spawn(program, args, {
    cwd: '/',
    env: environment,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('exit', (code, signal) =>
      resolve(signal === null ? `ended with status ${code}` : `was ended by ${signal}`),
    )
  })
  // EPIPE: the end tells more
  child.stdin!.on('error', () => {})
  child.unref()
  const running: Running = { child, ended }
  void ended.then(end => {
    running.end = end
  })
  return running
}

function commandChannel(program: string, args: readonly string[], render: (message: Message) => string): Channel {
  let running: Running | undefined
  return {
    async send(batch) {
      if (running?.end !== undefined) running = undefined
      running ??= start(program, args)
      const { child, ended } = running
      const written = new Promise<undefined>((resolve, reject) => {
        child.stdin!.write(batch.map(render).join(''), error => (error ? reject(error) : resolve(undefined)))
      })
      // A write that fails is told by how the program ended.
      const end = await Promise.race([written.catch(() => ended), ended])
      if (end === undefined) return batch.length
      running = undefined
      throw new TargetError(`${program}: ${end}`)
    },
    reopen() {
      if (running !== undefined) void retire(running)
      running = undefined
    },
    async close() {
      const last = running
      running = undefined
      if (last === undefined || last.end !== undefined) return
      await retire(last)
    },
  }
}

/** Its input is over; it has a moment to end by itself, then all of its process group is ended. */
async function retire({ child, ended }: Running): Promise<void> {
  child.stdin!.end()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise(resolve => {
    timer = setTimeout(resolve, END_MS)
  })
  await Promise.race([ended, late])
  clearTimeout(timer)
  endGroup(child)
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // all of it has ended
  }
}
