// What a host knows of its server: <data>/server.json, for its owner alone. The address, the token, and which bundles the
// server has acknowledged, so that they are not sent again. Lost, all are sent again and known again: nothing is twice.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceDurably } from '../../node/durable.ts'

export interface PushState {
  schema: 'faultline.server/1'
  url: string
  host: string
  token: string
  /** bundle → what of it was sent (markOf); '!' before it: the server does not want that */
  sent: Record<string, string>
}

export const stateFile = (data: string): string => join(data, 'server.json')

/** undefined: there is none, or none that can be understood */
export async function readState(data: string): Promise<PushState | undefined> {
  try {
    const state = JSON.parse(await readFile(stateFile(data), 'utf8')) as Partial<PushState>
    const { schema, url, host, token, sent } = state
    if (schema !== 'faultline.server/1' || [url, host, token].some(each => typeof each !== 'string')) return undefined
    if (typeof sent !== 'object' || sent === null) return undefined
    return state as PushState
  } catch (error) {
    if (error instanceof SyntaxError || (error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

/** Durable when it returns. Throws as the file system does. */
export async function writeState(data: string, state: PushState): Promise<void> {
  await replaceDurably(stateFile(data), Buffer.from(`${JSON.stringify(state, undefined, 2)}\n`), 0o600)
}
