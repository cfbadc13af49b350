// A thread for tests of threads: tasks that wait, fail and die.

import { FormatError } from '../../src/core/bytes/cursor.ts'
import { ArchiveTooBig } from '../../src/node/bundles/unpack.ts'
import { type Begun, type PieceCalls, piecesOf } from '../../src/server/intake/body-pieces.ts'
import { Refusal } from '../../src/server/intake/refusal.ts'
import { answerTasks } from '../../src/server/threads/answer.ts'

const failures = {
  refusal: () => new Refusal(409, 'another'),
  format: () => new FormatError('x.tar', 512, 'no header'),
  big: () => new ArchiveTooBig('x.tar', 0, 'a bomb'),
  full: () => Object.assign(new Error('no space'), { code: 'ENOSPC' }),
}

const tasks = {
  echo: (value: unknown) => value,
  fail: (how: keyof typeof failures) => {
    throw failures[how]()
  },
  /** All memory that it gets. */
  grow: () => {
    const all: string[][] = []
    for (;;) all.push(Array.from({ length: 10_000 }, (_, index) => `${all.length} ${index}`))
  },
  sleep: () => new Promise(resolve => setTimeout(resolve, 60_000)),
}

const conversations = {
  /** The length of the body; before each piece it asks whether to go on. */
  read: async (calls: PieceCalls & { next(): Promise<void> }, begun: Begun) => {
    let length = 0
    for await (const piece of piecesOf(calls, begun)) {
      length += piece.length
      await calls.next()
    }
    return length
  },
}

answerTasks(tasks, conversations)
