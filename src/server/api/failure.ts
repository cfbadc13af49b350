// The status and words of what went wrong.

import type { FastifyError } from 'fastify'
import { FormatError } from '../../core/bytes/cursor.ts'
import { say } from '../../core/say.ts'
import { ArchiveTooBig } from '../../node/bundles/unpack.ts'
import { Refusal } from '../intake/refusal.ts'
import { IssueError } from '../issues/history.ts'
import { StoreFull } from '../store/problem.ts'

export interface Failure {
  status: number
  message: string
  /** the sender can do nothing about it: the server's owner is told; 'fault': with where in the program it was */
  ours?: 'state' | 'fault'
}

const ofIssues = { missing: 404, conflict: 409, malformed: 400 } as const

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return { status: error.status, message: error.message }
  if (error instanceof IssueError) return { status: ofIssues[error.what], message: error.message }
  if (error instanceof StoreFull) return { status: 507, message: error.message, ours: 'state' }
  if (error instanceof ArchiveTooBig) return { status: 413, message: error.message }
  if (error instanceof FormatError) return { status: 422, message: error.message }
  const { statusCode, message } = error as Partial<FastifyError>
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, message: message ?? say`the request is not right` }
  }
  return { status: 500, message: say`the server failed; its log says how. Send it again later.`, ours: 'fault' }
}
