// Exceptions are kept whatever the disk does, in the spool or beside it, and end up in the spool once it works.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { builtInCollectors } from '../collectors/index.ts'
import { readConfig } from '../config/read.ts'
import type { Host } from '../host.ts'
import { nodeHost } from '../host.ts'
import { Haven } from './haven.ts'
import { Spool } from './spool.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-keeper-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

const quiet = { 'Collect.Skip': builtInCollectors.map(({ name }) => name).join(' '), 'Collect.Folder': '' }

/** A disk that can be broken and mended: `broken` says of a path whether it fails. */
function disk(): { host: Host; state: { broken: (path: string) => string | undefined } } {
  const state: { broken: (path: string) => string | undefined } = { broken: () => undefined }
  const { files } = nodeHost
  const fail = (path: string): void => {
    const code = state.broken(path)
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${path}`), { code })
  }
  // Inside a spool paths begin with the number of its descriptor.
  const opened = new Map<string, string>()
  const full = (path: string): string => path.replace(/^\/proc\/self\/fd\/\d+/, folder => opened.get(folder) ?? folder)
  const host: Host = {
    ...nodeHost,
    files: {
      ...files,
      open: async (path, flags, mode) => {
        const file = await files.open(path, flags, mode)
        opened.set(`/proc/self/fd/${file.descriptor}`, full(path))
        return file
      },
      mkdir: async (path, mode) => {
        fail(full(path))
        await files.mkdir(path, mode)
      },
    },
  }
  return { host, state }
}

async function withHaven(
  host: Host,
  use: (haven: Haven, spool: () => Promise<Spool>, said: string[]) => Promise<void>,
  place = String(count++),
) {
  const said: string[] = []
  const { config } = readConfig({ files: [], overrides: quiet })
  let open: Spool | undefined
  const main = async (): Promise<Spool> => (open ??= await Spool.open(join(base, place, 'data', 'bundles'), { host }))
  const elsewhere = join(base, place, 'run', 'bundles')
  const haven = new Haven({ main, elsewhere, collect: config.collect, host, say: message => said.push(message) })
  try {
    await use(haven, main, said)
  } finally {
    await haven.close()
    await open?.close()
  }
}

const draft = (first: number) => sampleDraft({}, { sequence: { first, last: first + 10 } })

test('an exception goes into the spool, with its collection; the next one says where that is', async () => {
  await withHaven(nodeHost, async (haven, spool) => {
    const one = await haven.write(draft(1))
    const two = await haven.write(draft(100))
    assert.equal(one.where, 'spool')
    assert.equal((await (await spool()).read(two.name)).origin!.collectedIn, one.name)
    assert.equal((await (await spool()).read(one.name)).origin!.collectedIn, undefined)
    await until(() => haven.stats()['collections'] === 1)
    const expected = { kept: 2, keptElsewhere: 0, moved: 0, removed: 0, collections: 1, collectionsSpared: 1 }
    assert.deepEqual(haven.stats(), expected)
  })
})

test('a disk that went read-only: kept in memory, said once, moved over when it is writable again', async () => {
  const { host, state } = disk()
  await withHaven(host, async (haven, spool, said) => {
    await haven.write(draft(1))
    await until(() => haven.stats()['collections'] === 1)
    state.broken = path => (path.includes('/data/') ? 'EROFS' : undefined)
    const kept = [await haven.write(draft(100)), await haven.write(draft(200))]
    assert.deepEqual(
      kept.map(({ where }) => where),
      ['elsewhere', 'elsewhere'],
    )
    await haven.attach(kept[1]!.name, { label: 'later', files: [{ name: 'more', bytes: Buffer.from('m') }] })
    assert.equal(said.length, 1, said.join('\n'))
    assert.match(said[0]!, /read-only\. Mount it writable/)
    state.broken = () => undefined
    await until(() => haven.stats()['moved'] === 2)
    assert.match(said.at(-1)!, /works again$/)
    const names = await (await spool()).list()
    assert.deepEqual(
      names.map(({ sequence }) => sequence),
      [1, 2, 3],
    )
    assert.deepEqual((await (await spool()).read(names[2]!.name)).evidence, ['evidence-1-later'])
    for (const { name } of names) assert.deepEqual(await (await spool()).verify(name), [])
  })
})

test('when neither takes it, whoever has it is told why', async () => {
  const { host, state } = disk()
  await withHaven(host, async haven => {
    state.broken = () => 'EROFS'
    await assert.rejects(haven.write(draft(1)), /data\/bundles: .*read-only/)
    state.broken = () => undefined
    assert.equal((await haven.write(draft(1))).where, 'spool')
  })
})

test('what an earlier agent kept in memory moves in, once the spool can be opened', async () => {
  const place = String(count++)
  const earlier = await Spool.open(join(base, place, 'run', 'bundles'))
  await earlier.write(draft(7))
  await earlier.close()
  writeFileSync(join(base, place, 'data'), 'no folder')
  await withHaven(
    nodeHost,
    async (haven, spool) => {
      await haven.resume()
      assert.equal((await haven.write(draft(100))).where, 'elsewhere')
      rmSync(join(base, place, 'data'))
      await until(() => haven.stats()['moved'] === 2)
      assert.equal((await (await spool()).list()).length, 2)
    },
    place,
  )
})

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 15_000, 'it took too long')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
