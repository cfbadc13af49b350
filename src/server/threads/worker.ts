// The thread in which what takes long is done: what is asked comes as a message, what came of it goes back as one.

import { parentPort } from 'node:worker_threads'
import { FormatError } from '../../core/bytes/cursor.ts'
import { InputError } from '../../node/files.ts'
import { Refusal } from '../intake/refusal.ts'
import { type TaskName, tasks } from './tasks.ts'

interface Asked {
  task: TaskName
  input: never[]
}

parentPort?.on('message', async ({ task, input }: Asked) => {
  try {
    parentPort?.postMessage({ result: await (tasks[task] as (...input: never[]) => unknown)(...input) })
  } catch (error) {
    parentPort?.postMessage({ problem: problemOf(error) })
  }
})

function problemOf(error: unknown): { message: string; status?: number } {
  if (error instanceof Refusal) return { message: error.message, status: error.status }
  if (error instanceof FormatError || error instanceof InputError) return { message: error.message, status: 422 }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
