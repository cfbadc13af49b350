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
import { Keeper } from './keeper.ts'
import { Spool } from './spool.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-keeper-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

const limits = { maxSize: 2 ** 30, maxCount: 1000, maxAge: 0, keepFree: 0 }
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

const everything = (): string => 'EROFS'

async function withKeeper(host: Host, use: (keeper: Keeper, said: string[]) => Promise<void>, place = String(count++)) {
  const said: string[] = []
  const { config } = readConfig({ files: [], overrides: quiet })
  const keeper = await Keeper.open({
    path: join(base, place, 'data', 'bundles'),
    elsewhere: join(base, place, 'run', 'bundles'),
    limits,
    collect: config.collect,
    host,
    say: message => said.push(message),
  })
  try {
    await use(keeper, said)
  } finally {
    await keeper.close()
  }
}

const draft = (first: number) => sampleDraft({}, { sequence: { first, last: first + 10 } })

test('an exception goes into the spool, with its collection; the next one says where that is', async () => {
  await withKeeper(nodeHost, async keeper => {
    const one = await keeper.keep(draft(1))
    const two = await keeper.keep(draft(100))
    assert.equal(one.where, 'spool')
    assert.equal((await keeper.spool!.read(two.name)).origin!.collectedIn, one.name)
    assert.equal((await keeper.spool!.read(one.name)).origin!.collectedIn, undefined)
    assert.deepEqual(keeper.stats(), {
      kept: 2,
      keptElsewhere: 0,
      moved: 0,
      held: 0,
      dropped: 0,
      collections: keeper.stats().collections,
      collectionsSpared: 1,
    })
  })
})

test('a disk that went read-only: kept in memory, said once, moved over when it is writable again', async () => {
  const { host, state } = disk()
  await withKeeper(host, async (keeper, said) => {
    await keeper.keep(draft(1))
    await until(() => keeper.stats().collections === 1)
    state.broken = path => (path.includes('/data/') ? 'EROFS' : undefined)
    const kept = [await keeper.keep(draft(100)), await keeper.keep(draft(200))]
    assert.deepEqual(
      kept.map(({ where }) => where),
      ['elsewhere', 'elsewhere'],
    )
    assert.equal(said.length, 1, said.join('\n'))
    assert.match(said[0]!, /read-only\. Mount it writable/)
    state.broken = () => undefined
    await until(() => keeper.stats().moved === 2)
    assert.match(said.at(-1)!, /works again$/)
    assert.deepEqual(
      (await keeper.spool!.list()).map(({ sequence }) => sequence),
      [1, 2, 3],
    )
  })
})

test('when nothing takes it, it waits; when too much waits, what is given up is counted', async () => {
  const { host, state } = disk()
  await withKeeper(host, async keeper => {
    state.broken = everything
    const results = Promise.allSettled(Array.from({ length: 80 }, (_, index) => keeper.keep(draft(index * 100))))
    await until(() => keeper.stats().dropped === 16)
    assert.equal(keeper.stats().held, 64)
    state.broken = () => undefined
    const all = await results
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 64)
    const rejected = all.find(each => each.status === 'rejected')
    assert.match(String(rejected?.reason), /no more can wait in memory/)
    assert.equal((await keeper.spool!.list()).length, 64)
  })
})

test('a spool that cannot be opened at the start is opened later; what an earlier agent kept in memory moves in', async () => {
  const place = String(count++)
  const earlier = await Spool.open(join(base, place, 'run', 'bundles'))
  await earlier.write(draft(7))
  await earlier.close()
  writeFileSync(join(base, place, 'data'), 'no folder')
  await withKeeper(
    nodeHost,
    async keeper => {
      assert.equal(keeper.spool, undefined)
      assert.equal((await keeper.keep(draft(100))).where, 'elsewhere')
      rmSync(join(base, place, 'data'))
      await until(() => keeper.stats().moved === 2)
      assert.equal((await keeper.spool!.list()).length, 2)
    },
    place,
  )
})

test('two agents: the second one is told', async () => {
  const place = String(count++)
  await withKeeper(
    nodeHost,
    async keeper => {
      await keeper.keep(draft(1))
      await assert.rejects(
        withKeeper(nodeHost, async () => {}, place),
        /in use by another agent/,
      )
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
