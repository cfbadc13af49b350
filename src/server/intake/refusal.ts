// What the server does not take, and why, in words for the sender.

export class Refusal extends Error {
  /** HTTP's */
  readonly status: number
  constructor(status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 503, message: string) {
    super(message)
    this.status = status
  }
}
