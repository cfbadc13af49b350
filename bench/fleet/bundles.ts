// Bundles that hosts push, as many at once as hosts are given: how many a second are durable in the store.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packBundles } from '../../src/agent/bundles/pack.ts'
import { Spool } from '../../src/agent/bundles/spool.ts'
import { enrolAt, sendTo } from '../../src/agent/push/server.ts'
import { sampleDraft } from '../../tests/samples/drafts.ts'
import type { Api } from './pages.ts'

export interface IntakeResult {
  bundles: number
  hosts: number
  seconds: number
  bytes: number
}

/** `began` is called when all archives are made, and the first is about to be sent. */
export async function pushMany(
  api: Api,
  hosts: number,
  each: number,
  began: () => void = () => {},
): Promise<IntakeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
  try {
    const loads = await Promise.all(
      Array.from({ length: hosts }, async (_, host) => {
        const answer = await fetch(new URL('api/v1/enrolments', api.url), {
          method: 'POST',
          headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': 'application/json' },
          body: '{}',
        })
        const { code } = (await answer.json()) as { code: string }
        const name = `bench-${Date.now()}-${host}`
        return { token: await enrolAt(api.url, code, name), archives: await archives(join(folder, name), each, host) }
      }),
    )
    began()
    const beganAt = performance.now()
    await Promise.all(
      loads.map(async ({ token, archives: all }) => {
        for (const archive of all)
          await sendTo(
            { url: api.url, token },
            (async function* () {
              yield archive
            })(),
          )
      }),
    )
    const seconds = (performance.now() - beganAt) / 1000
    const bytes = loads.flatMap(({ archives: all }) => all).reduce((sum, { length }) => sum + length, 0)
    return { bundles: hosts * each, hosts, seconds, bytes }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function archives(path: string, count: number, host: number): Promise<Buffer[]> {
  const spool = await Spool.open(path)
  const all: Buffer[] = []
  for (let each = 0; each < count; each++) {
    const context = Buffer.from(`context ${host} ${each}\n`.repeat(200))
    const { name } = await spool.write(sampleDraft({ context }, { sequence: { first: each * 2, last: each * 2 + 1 } }))
    const pieces: Uint8Array[] = []
    for await (const piece of packBundles(spool, [name], [], 'zst')) pieces.push(piece.slice())
    all.push(Buffer.concat(pieces))
  }
  await spool.close()
  return all
}
