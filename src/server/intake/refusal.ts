// What the server does not take, and why, in words for the sender.

/** HTTP's */
export type RefusalStatus = 400 | 401 | 403 | 404 | 408 | 409 | 413 | 415 | 416 | 422 | 429 | 503

export class Refusal extends Error {
  readonly status: RefusalStatus
  /** of 429 and 503: when to come back */
  readonly retryAfterS: number | undefined
  constructor(status: RefusalStatus, message: string, retryAfterS?: number) {
    super(message)
    this.status = status
    this.retryAfterS = retryAfterS
  }
}

/** The same will never be taken, however often it is sent. */
export const isForGood = (error: unknown): boolean =>
  error instanceof Refusal && error.status !== 429 && error.status !== 503
