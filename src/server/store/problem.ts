// What can go wrong with the store, in the two ways that matter to a sender: come back later, or never.

import { say } from '../../core/say.ts'

/** No room on the disk: nothing was taken, the sender keeps what it has. */
export class StoreFull extends Error {
  constructor(where: string, cause: unknown) {
    super(say`${where} is full: nothing was taken. Free some space there; the same can then be sent again.`, { cause })
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'errcode' in error ? error.errcode : (error as { code?: unknown } | undefined)?.code

/** https://sqlite.org/rescode.html: SQLITE_FULL, SQLITE_IOERR_WRITE on a file system that says so late. */
const SQLITE_FULL = 13
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: disk_full */
const POSTGRES_FULL = '53100'

export const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', SQLITE_FULL, POSTGRES_FULL].includes(codeOf(error) as string | number)

/** Runs `work`; a full disk becomes StoreFull. */
export async function noticingFull<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isFull(error) ? new StoreFull(where, error) : error
  }
}
