// debuginfod: debug files by build ID over HTTP, kept in the same folder as elfutils' client keeps them. debuginfod(8).

import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeFolders } from './make-folders.ts'

/** A server that sends nothing for so long is given up, as elfutils' client does (DEBUGINFOD_TIMEOUT). */
const SILENCE_MS = 90_000

/** No debug file is larger; a vmlinux has 600 MB. */
const MAX_FILE_BYTES = 8 * 1024 * 1024 * 1024

export type FetchProgress = (url: string, bytes: number, total: number | undefined) => void

export class Debuginfod {
  readonly #servers: readonly string[]
  readonly #cache: string
  readonly #progress: FetchProgress | undefined
  /** what went wrong, a line for each server */
  readonly problems: string[] = []

  constructor(servers: readonly string[], env: Readonly<Record<string, string | undefined>>, progress?: FetchProgress) {
    this.#servers = servers.map(url => url.replace(/\/+$/, ''))
    this.#cache = cacheFolder(env)
    this.#progress = progress
  }

  /** Path of the debug file, from the cache or the first server that has it; undefined when none has. */
  async fetch(buildId: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{4,80}$/.test(buildId)) return undefined
    const folder = join(this.#cache, buildId)
    const path = join(folder, 'debuginfo')
    if (existsSync(path)) return path
    for (const server of this.#servers) {
      const url = `${server}/buildid/${buildId}/debuginfo`
      try {
        await makeFolders(folder)
        if (await this.#download(url, path)) return path
      } catch (error) {
        this.problems.push(`${url}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return undefined
  }

  /** False when the server does not have it. A file with its final name is whole. */
  async #download(url: string, path: string): Promise<boolean> {
    const silent = new AbortController()
    let timer = setTimeout(() => silent.abort(new Error('no answer')), SILENCE_MS)
    const part = `${path}.${process.pid}.part`
    try {
      const response = await fetch(url, { signal: silent.signal, headers: { 'user-agent': 'faultline' } })
      if (response.status === 404) return false
      if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`)
      const length = Number(response.headers.get('x-debuginfod-size') ?? response.headers.get('content-length'))
      const file = await open(part, 'w')
      try {
        let bytes = 0
        for await (const chunk of response.body) {
          clearTimeout(timer)
          timer = setTimeout(() => silent.abort(new Error('the server fell silent')), SILENCE_MS)
          bytes += chunk.length
          if (bytes > MAX_FILE_BYTES) throw new Error(`sends more than ${MAX_FILE_BYTES} bytes`)
          await file.writeFile(chunk)
          this.#progress?.(url, bytes, length > 0 ? length : undefined)
        }
      } finally {
        await file.close()
      }
      await rename(part, path)
      return true
    } finally {
      clearTimeout(timer)
      await rm(part, { force: true })
    }
  }
}

/** Of DEBUGINFOD_URLS: separated by blanks; federation markers ("ima:enforcing") are no URLs. */
export const serversOf = (text: string | undefined): string[] =>
  (text ?? '').split(/\s+/).filter(word => /^https?:\/\//.test(word))

/** debuginfod_find_debuginfo(3), "CACHE". */
function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const asked = env['DEBUGINFOD_CACHE_PATH']
  if (asked !== undefined && asked !== '') return asked
  const home = env['XDG_CACHE_HOME']
  return join(home !== undefined && home !== '' ? home : join(homedir(), '.cache'), 'debuginfod_client')
}
