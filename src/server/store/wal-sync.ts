// What makes commits durable without holding up the thread that commits. With synchronous=NORMAL SQLite writes a transaction
// into its log and leaves it to the system when that reaches the disk; the log is synced by itself only where it is copied
// into the database and begun anew (https://sqlite.org/wal.html, "Performance Considerations"). So the log is synced here,
// by another thread, once for all who have committed before that began, and nobody is told "done" before.

import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncPath } from '../../node/durable.ts'

/** As of a FileHandle. */
export interface SyncedFile {
  datasync(): Promise<void>
  close(): Promise<void>
}

export class WalSync {
  readonly #file: SyncedFile
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failed: Error | undefined

  constructor(file: SyncedFile) {
    this.#file = file
  }

  /** `database`: one that is open and was read from; its log is the same file until the last connection is closed. */
  static async open(database: string): Promise<WalSync> {
    const file = await open(`${database}-wal`, 'r+')
    await syncPath(dirname(database))
    return new WalSync(file)
  }

  /**
   * What was committed before the call is durable when it returns. Once it has thrown it always does: what was not written
   * then is forgotten by the system, and a later sync that succeeds says nothing of it (fsync(2), ERRORS). A server that is
   * started anew sees what the disk has.
   */
  sync(): Promise<void> {
    // One that is under way may have begun before the commit.
    this.#next ??= this.#after(this.#running)
    return this.#next
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #after(earlier: Promise<void> | undefined): Promise<void> {
    await earlier?.catch(() => {})
    this.#next = undefined
    this.#running = this.#sync()
    await this.#running
  }

  async #sync(): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    try {
      await this.#file.datasync()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : cause
      this.#failed = new Error(`the store's log did not reach the disk: ${why}. Start the server anew.`, { cause })
      throw this.#failed
    }
  }
}
