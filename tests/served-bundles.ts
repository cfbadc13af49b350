// A server that runs somewhere, asked over HTTP as its owner; and bundles to send to it, each with words of its own.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { packBundles } from '../src/agent/bundles/pack.ts'
import { Spool } from '../src/agent/bundles/spool.ts'
import { enrolAt } from '../src/agent/push/server.ts'
import { bundleFiles } from '../src/node/bundles/bundle.ts'
import { sampleDraft } from './samples/drafts.ts'

/** A connection that is kept may be closed by a slow server in the moment in which it is used again. */
const once = { connection: 'close' }

export interface Served {
  url: string
  /** the owner's */
  token: string
}

/** The JSON of a 200, or a failed assertion. */
export async function ask({ url, token }: Served, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { ...once, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(new URL(path, url), request)
  assert.equal(answer.status, 200, `${path} ${answer.status}`)
  return (await answer.json()) as Record<string, unknown>
}

/** A file of a report's bundle, as the server has it. */
export async function evidence({ url, token }: Served, reportId: string, path: string): Promise<Buffer> {
  const headers = { ...once, authorization: `Bearer ${token}` }
  const answer = await fetch(new URL(`/api/v1/reports/${reportId}/evidence/${path}`, url), { headers })
  assert.equal(answer.status, 200, `${path} of ${reportId}: ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

export async function tokenFor(server: Served, host: string): Promise<string> {
  const { code } = await ask(server, '/api/v1/enrolments', { host })
  return enrolAt(server.url, String(code), host)
}

export interface PackedBundle {
  archive: Buffer
  /** SHA-256 of each file that a server keeps: all but the sums themselves */
  hashes: Map<string, string>
  /** its context.log, which no other has */
  context: string
}

/** Bundles of one bug, made in a spool in this folder. */
export async function packedBundles(folder: string, name: string, count: number): Promise<PackedBundle[]> {
  const spool = await Spool.open(join(folder, name))
  const all: PackedBundle[] = []
  for (let each = 0; each < count; each++) {
    const context = `context ${name} ${each}\n`.repeat(50)
    const draft = sampleDraft({ context: Buffer.from(context) }, { sequence: { first: each * 2, last: each * 2 + 1 } })
    const bundle = await spool.write(draft)
    const hashes = new Map<string, string>()
    for (const { path } of (await spool.read(bundle.name)).files) {
      if (path === bundleFiles.sums) continue
      const bytes = await spool.bytes(bundle.name, path)
      hashes.set(path, createHash('sha256').update(bytes).digest('hex'))
    }
    const pieces: Uint8Array[] = []
    for await (const piece of packBundles(spool, [bundle.name], [], 'zst')) pieces.push(piece.slice())
    all.push({ archive: Buffer.concat(pieces), hashes, context })
  }
  await spool.close()
  return all
}

export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** A line of a host's log, as the API gives it. */
export interface LoggedRecord {
  boot: string
  sequence: number
  text: string
  level?: number
  facility?: number
  sinceBootUs?: number
  missingBefore?: number
}

/** All of the log of a host, and its id; undefined where the host is not there. */
export async function hostLog(server: Served, name: string): Promise<{ id: string; log: LoggedRecord[] } | undefined> {
  const { hosts } = (await ask(server, `/api/v1/hosts?query=${name}`)) as { hosts: { id: string; name: string }[] }
  const host = hosts.find(each => each.name === name)
  if (host === undefined) return undefined
  const log: LoggedRecord[] = []
  for (let before = ''; ; ) {
    const page = await ask(server, `/api/v1/hosts/${host.id}/log?limit=2000${before}`)
    log.unshift(...(page as { records: LoggedRecord[] }).records)
    if (page['older'] === undefined) return { id: host.id, log }
    before = `&before=${page['older']}`
  }
}
