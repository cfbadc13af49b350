// Why the agent, or a part of it, could not begin, for who started it.

import { SpoolError } from '../agent/bundles/problem.ts'
import { SourceError } from '../agent/sources/source.ts'
import { Trouble } from './exit.ts'

/** What the user can mend as Trouble; others as they are. */
export const agentTrouble = (error: unknown): unknown =>
  error instanceof SourceError || error instanceof SpoolError ? new Trouble(error.message) : error
