// The thread in which what takes long is done: what is asked comes as a message, what came of it goes back as one.

import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { FormatError } from '../../core/bytes/cursor.ts'
import { ArchiveTooBig } from '../../node/bundles/unpack.ts'
import { InputError } from '../../node/files.ts'
import { Refusal } from '../intake/refusal.ts'
import type { FromThread, Problem, ToThread } from './messages.ts'

type Task = (...input: never[]) => unknown

/** Who asks for a page goes first. Linux has a priority for each thread: 0 is the one that calls. */
const NICENESS = 5

/** Serves these tasks, one at a time. `conversations` are given what they may ask before their input. */
export function answerTasks(tasks: Record<string, Task>, conversations: Record<string, Task>): void {
  try {
    setPriority(0, NICENESS)
  } catch {
    // Where the system does not allow it, all are equal.
  }
  const asked = new Map<number, { given: (value: unknown) => void; refused: (error: Error) => void }>()
  let last = 0
  const post = (message: FromThread): void => parentPort?.postMessage(message)
  const ask =
    (name: string) =>
    (...input: unknown[]): Promise<unknown> =>
      new Promise((given, refused) => {
        asked.set(++last, { given, refused })
        post({ call: last, name, input })
      })

  async function begin({ task, input, calls }: Extract<ToThread, { task: string }>): Promise<void> {
    const conversation = conversations[task]
    const all =
      conversation === undefined ? input : [Object.fromEntries(calls.map(name => [name, ask(name)])), ...input]
    try {
      post({ result: await (conversation ?? tasks[task]!)(...(all as never[])) })
    } catch (error) {
      post({ problem: problemOf(error) })
    }
  }

  parentPort?.on('message', (message: ToThread) => {
    if ('task' in message) return void begin(message)
    const waiting = asked.get(message.answer)
    asked.delete(message.answer)
    if ('refused' in message) waiting?.refused(new Error('what the job asked for was refused'))
    else waiting?.given(message.given)
  })
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { words: String(error) }
  if (error instanceof Refusal) return { words: error.message, status: error.status }
  if (error instanceof ArchiveTooBig) return { words: error.message, status: 413 }
  if (error instanceof FormatError || error instanceof InputError) return { words: error.message, status: 422 }
  const { code } = error as NodeJS.ErrnoException
  return { words: error.stack ?? error.message, ...(code === undefined ? {} : { code }) }
}
