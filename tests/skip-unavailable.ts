// What a test does where this machine cannot have a guest or a package.

import type { TestContext } from 'node:test'
import { Unavailable } from '../lab/packages.ts'

/** Skips with the reason; throws again what is another failure. */
export function skipUnavailable(context: TestContext, error: unknown): void {
  if (!(error instanceof Unavailable)) throw error
  context.skip(error.message)
}
