// The server on a machine that loses its power while bundles come in, again and again: after each start it has every bundle
// that it acknowledged, whole and once.
//
// The power goes by killing QEMU. Lost with it: the guest's memory, and so all that its kernel had not written yet; and of
// what it had written, blocks that are new on the disk, unless it flushed the disk's cache after them (lab/open-guest.ts). So
// an fsync that is missing, or does not reach the disk, is noticed. Not covered: a disk that lies about flushes, a block of
// which a part was written, and blocks that are written over, which stay without a flush.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type OpenGuest, openGuest } from '../../lab/open-guest.ts'
import { PushError, sendTo } from '../../src/agent/push/server.ts'
import { freePort } from '../free-port.ts'
import { ask, evidence, oneChunk, type PackedBundle, packedBundles, type Served, tokenFor } from '../served-bundles.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

const CUTS = 3
/** A server is up in a few seconds; on a busy machine QEMU takes many times as long. */
const START_S = 400
const PORT = 8788
const data = '/disks/store/faultline'
const database = `${data}/server/faultline.db`

/** Of what was not synced nothing may be left: a power cut that takes nothing shows nothing. */
const unsynced = '/disks/store/unsynced'
/** Nor does the kernel write it out by itself, however slow this machine is. */
const atBoot = 'echo 360000 >/proc/sys/vm/dirty_expire_centisecs'

const serve = `faultline serve --data ${data} --listen 0.0.0.0:${PORT} --json >/tmp/said 2>/tmp/complained &
tries=0; until grep -q url /tmp/said || [ $tries = 1000 ]; do sleep 0.3; tries=$((tries + 1)); done; cat /tmp/complained`

/** The owner's token is on the disk since the first start. */
async function started(guest: OpenGuest, port: number, known?: Served): Promise<Served> {
  const { output } = await guest.run(serve, START_S)
  if (known !== undefined) return known
  const token = await guest.read(`${data}/server/admin-token`).catch(error => assert.fail(`${error}\n${output}`))
  return { url: `http://127.0.0.1:${port}/`, token: String(token).trim() }
}

/** The files of every report, by the words that only its bundle has. */
async function filed(server: Served): Promise<{ context: string; hashes: Map<string, string> }[]> {
  const { issues } = (await ask(server, '/api/v1/issues')) as { issues: { id: string; reports: number }[] }
  assert.ok(issues.length <= 1)
  const [issue] = issues
  if (issue === undefined) return []
  const page = (await ask(server, `/api/v1/issues/${issue.id}/reports?limit=200`)) as { reports: { id: string }[] }
  assert.equal(page.reports.length, issue.reports)
  const read = new Map<string, Buffer>()
  const found: { context: string; hashes: Map<string, string> }[] = []
  for (const { id } of page.reports) {
    const detail = (await ask(server, `/api/v1/reports/${id}`)) as { evidence: { path: string; hash: string }[] }
    for (const { path, hash } of detail.evidence) {
      const bytes = read.get(hash) ?? (await evidence(server, id, path))
      assert.equal(createHash('sha256').update(bytes).digest('hex'), hash, `${path} of ${id}`)
      read.set(hash, bytes)
    }
    const hashes = new Map(detail.evidence.map(({ path, hash }) => [path, hash]))
    found.push({ context: String(read.get(hashes.get('context.log') ?? '')), hashes })
  }
  return found
}

test('power lost during intake: each acknowledged bundle is there after the start, whole and once', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-power-'))
  let guest: OpenGuest | undefined
  try {
    const port = await freePort()
    guest = await openGuest({
      faultline: true,
      network: { forward: { [port]: PORT } },
      disks: { store: 96 },
      volatileDisks: true,
      memoryMb: 512,
      atBoot,
    })
    const all = await packedBundles(folder, 'spool', 120)
    const server = await started(guest, port)
    const token = await tokenFor(server, 'board')
    const acknowledged = new Set<PackedBundle>()
    const waiting = [...all]
    const sent = new Set<PackedBundle>()
    const sender = async (cut: AbortSignal): Promise<void> => {
      for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
        sent.add(each)
        try {
          await sendTo({ url: server.url, token, signal: cut }, oneChunk(each.archive))
          acknowledged.add(each)
        } catch (error) {
          if (error instanceof PushError) assert.equal(error.when, 'later', String(error))
          return
        }
      }
    }
    const check = async (when: string): Promise<void> => {
      const there = new Map<string, Map<string, string>[]>()
      for (const { context, hashes } of await filed(server)) there.set(context, [...(there.get(context) ?? []), hashes])
      for (const { context, hashes } of acknowledged)
        assert.deepEqual(there.get(context), [hashes], `${when}: ${context.slice(0, 40)}`)
      for (const [context, copies] of there) assert.equal(copies.length, 1, `${when}: ${context.slice(0, 40)}`)
    }
    for (let cut = 1; cut <= CUTS; cut++) {
      const before = acknowledged.size
      const sending = new AbortController()
      const senders = Promise.all([sender(sending.signal), sender(sending.signal), sender(sending.signal)])
      for (let waited = 0; acknowledged.size < before + 3 && waited < 20_000; waited += 5) await sleep(5)
      await guest.run(`echo words >${unsynced}-${cut}`)
      const inFlight = acknowledged.size
      await guest.machine.stop()
      await senders
      t.diagnostic(`cut ${cut}: ${inFlight} acknowledged, ${waiting.length} not sent yet`)
      assert.ok(waiting.length > 0, 'the power went after all had been sent')
      await guest.powerCycle()
      assert.equal((await guest.run(`cat ${unsynced}-${cut} 2>/dev/null; true`)).output, '')
      await started(guest, port, server)
      await check(`cut ${cut}`)
    }
    assert.ok(acknowledged.size >= 3 * CUTS)
    const known = new Set(acknowledged)
    for (const each of sent) {
      const { what } = await sendTo({ url: server.url, token }, oneChunk(each.archive))
      if (known.has(each)) assert.deepEqual(what, ['known'])
      acknowledged.add(each)
    }
    await check('all sent again')
    const sound = await guest.run(
      `kill $(pidof node); while pidof node; do sleep 0.1; done >/dev/null
node -e 'console.log(new (require("node:sqlite").DatabaseSync)("${database}").prepare("pragma integrity_check").all())' 2>/dev/null`,
    )
    assert.match(sound.output, /integrity_check: 'ok'/)
  } catch (error) {
    skipUnavailable(t, error)
  } finally {
    await guest?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
