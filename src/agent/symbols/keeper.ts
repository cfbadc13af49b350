// Keeps the store of snapshots: one at the start of the agent, one more when modules were loaded since.

import { readFileSync } from 'node:fs'
import { arch } from 'node:os'
import { FOLDER_MODE, Folder } from '../bundles/folder.ts'
import { codeOf, spoolError } from '../bundles/problem.ts'
import { draftPrefix } from '../bundles/write.ts'
import type { Host } from '../host.ts'
import { listSnapshots, outdated } from './store.ts'
import { runningKernel, takeSnapshot } from './take.ts'

export interface SymbolKeeperOptions {
  /** the store's folder, made where it is not there */
  path: string
  host: Host
  /** the boots that bundles are of, by the first eight digits of their ids */
  bootsOfBundles: () => Promise<ReadonlySet<string>>
  say: (message: string) => void
}

export class SymbolKeeper {
  readonly #options: SymbolKeeperOptions
  readonly #abort = new AbortController()
  #turn: Promise<unknown> = Promise.resolve()
  #trouble = ''

  constructor(options: SymbolKeeperOptions) {
    this.#options = options
  }

  /** Takes a snapshot where the newest does not say the same; never throws. */
  refresh(): Promise<void> {
    const done = this.#turn.then(async () => {
      if (this.#abort.signal.aborted) return
      try {
        await this.#refresh()
        this.#trouble = ''
      } catch (error) {
        const { message } = spoolError(`${this.#options.path}: the kernel’s symbols cannot be kept`, error)
        if (message !== this.#trouble) this.#options.say(message)
        this.#trouble = message
      }
    })
    this.#turn = done
    return done
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#turn
  }

  async #refresh(): Promise<void> {
    const { path, host, bootsOfBundles } = this.#options
    await host.files.mkdir(path, FOLDER_MODE).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
    const store = await Folder.open(host.files, path)
    try {
      for (const name of await store.list()) if (name.startsWith(draftPrefix)) await store.remove(name)
      const kernel = runningKernel(factsOfKernel(), this.#abort.signal)
      if ((await takeSnapshot(store, kernel, host)) === undefined) return
      for (const { name } of outdated(await listSnapshots(store), await bootsOfBundles())) await store.remove(name)
      await store.sync()
    } finally {
      await store.close()
    }
  }
}

function factsOfKernel(): Parameters<typeof runningKernel>[0] {
  const read = (name: string): string => readFileSync(`/proc/sys/kernel/${name}`, 'utf8').trim()
  return { bootId: read('random/boot_id'), release: read('osrelease'), version: read('version'), machine: arch() }
}
