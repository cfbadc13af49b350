// A store, its backup, and the store that comes out of it; and backups that are not whole.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { addSymbols } from '../../../tests/samples/symbols.ts'
import { takeLog } from '../intake/log.ts'
import { databaseName, openStore, type Store } from '../store/store.ts'
import { Threads } from '../threads/pool.ts'
import { BackupError, makeBackup } from './backup.ts'
import { restoreBackup, verifyBackup } from './restore.ts'

const warning = readFileSync('fixtures/kinds/warning/x86_64-6.1-module/input.log', 'utf8')

async function world(context: TestContext) {
  const base = mkdtempSync(join(tmpdir(), 'faultline-backup-'))
  const folder = join(base, 'server')
  const store = await openStore(folder)
  context.after(async () => {
    await store.close()
    rmSync(base, { recursive: true, force: true })
  })
  for (let each = 0; each < 5; each++) await takeOne(store, `number ${each}`, `host-${each}`)
  return { base, folder, store, file: join(base, 'backup.tar.zst') }
}

async function takeOne(store: Store, words: string, host: string): Promise<void> {
  const threads = new Threads()
  await takeLog(store, threads, [Buffer.from(`${warning}\n${words}\n`)], host)
  await threads.close()
}

async function contentOf(store: Store): Promise<unknown> {
  const tables = ['hosts', 'issues', 'reports', 'report_bodies', 'evidence', 'rollups', 'issue_keys'] as const
  const rows = await Promise.all(tables.map(table => store.db.selectFrom(table).selectAll().execute()))
  const evidence = rows[4] as { hash: string }[]
  const bytes = await Promise.all(evidence.map(({ hash }) => store.blobs.read(hash)))
  return { rows, bytes: bytes.map(each => Buffer.from(each!).toString()) }
}

test('what comes out is what went in, taken while the server writes', async context => {
  const { base, folder, store, file } = await world(context)
  const before = await contentOf(store)
  await addSymbols(store, folder, 'ready-list', { kind: 'list', name: 'System.map' }, 'c0000000 T _stext\n')
  await addSymbols(store, folder, 'ready-index', { kind: 'index', name: 'vmlinux' }, Buffer.alloc(300_000, 'lines'))
  await addSymbols(store, folder, 'waiting', { state: 'waiting', name: 'vmlinux' }, 'not read yet')
  await addSymbols(store, folder, 'gone', { kind: 'list', name: 'System.map' }, undefined)
  const making = makeBackup({ folder, file, version: 'test' })
  // It does not wait.
  const { sums } = await making
  await takeOne(store, 'later', 'later')
  assert.deepEqual([sums.missing, sums.symbolsMissing], [[], ['gone']])
  assert.deepEqual(
    sums.symbols.map(({ id, bytes }) => [id, bytes]),
    [
      ['ready-index', 300_000],
      ['ready-list', 18],
    ],
  )
  assert.equal(sums.evidence, 5)
  assert.deepEqual(readdirSync(base).sort(), ['backup.tar.zst', 'server'])
  assert.equal((await verifyBackup(file)).manifest.reports, 5)
  const target = join(base, 'restored')
  await restoreBackup(file, target)
  const restored = await openStore(target)
  try {
    assert.deepEqual(await contentOf(restored), before)
    const files = await restored.db.selectFrom('symbol_files').select(['id', 'state']).orderBy('id').execute()
    assert.deepEqual(
      files.map(({ id, state }) => [id, state]),
      [
        ['ready-index', 'ready'],
        ['ready-list', 'ready'],
      ],
    )
    const objects = await restored.db.selectFrom('symbol_objects').select('file_id').orderBy('file_id').execute()
    assert.deepEqual(
      objects.map(({ file_id }) => file_id),
      ['ready-index', 'ready-list'],
    )
    const inside = join(target, 'symbols')
    assert.deepEqual(readdirSync(inside, { recursive: true }).sort(), [
      'ready-index',
      'ready-index/index.symbols',
      'ready-list',
      'ready-list/System.map',
    ])
    for (const path of ['ready-index/index.symbols', 'ready-list/System.map'])
      assert.deepEqual(readFileSync(join(inside, path)), readFileSync(join(folder, 'symbols', path)))
  } finally {
    await restored.close()
  }
})

test('a backup that is cut, changed, or none is refused, and leaves nothing behind', async context => {
  const { base, folder, store, file } = await world(context)
  await addSymbols(store, folder, 'list', { kind: 'list', name: 'System.map' }, 'c0000000 T _stext\n')
  await makeBackup({ folder, file, version: 'test' })
  const whole = readFileSync(file)
  const tar = zstdDecompressSync(whole)
  const changed = Buffer.from(tar)
  changed[tar.lastIndexOf('number 3')] = 0x4e
  const cases: Record<string, Buffer> = {
    cut: whole.subarray(0, Math.floor(whole.length * 0.9)),
    'with sums that are none': zstdCompressSync(
      Buffer.from(tar).fill('[', tar.lastIndexOf('{"evidence"'), tar.lastIndexOf('{"evidence"') + 1),
    ),
    'without what is counted': zstdCompressSync(renamed(tar, '"missing"', '"nothing"')),
    'cut between two files': zstdCompressSync(tar.subarray(0, tar.lastIndexOf('sums.json'))),
    changed: zstdCompressSync(changed),
    'with other symbols': zstdCompressSync(renamed(tar, 'T _stext', 'T _etext')),
    'with symbols that nothing names': zstdCompressSync(renamed(tar, 'symbols/list', 'symbols/lost')),
    none: Buffer.from('something else'),
    empty: Buffer.alloc(0),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    const damaged = join(base, 'damaged')
    writeFileSync(damaged, bytes)
    await assert.rejects(restoreBackup(damaged, join(base, 'target')), BackupError, name)
    await assert.rejects(verifyBackup(damaged), BackupError, name)
    assert.ok(!existsSync(join(base, 'target')), name)
  }
  assert.deepEqual(readdirSync(base).sort(), ['backup.tar.zst', 'damaged', 'server'])
})

const renamed = (bytes: Buffer, from: string, to: string): Buffer => {
  const changed = Buffer.from(bytes)
  changed.write(to, bytes.lastIndexOf(from))
  return changed
}

test('the same file twice in an archive: the second cannot be written, and that is said', async context => {
  const { base, folder, file } = await world(context)
  await makeBackup({ folder, file, version: 'test' })
  const tar = zstdDecompressSync(readFileSync(file))
  const [tables, evidence] = [tar.indexOf('faultline.db\0'), tar.indexOf('evidence/')]
  const twice = Buffer.concat([tar.subarray(0, evidence), tar.subarray(tables, evidence), tar.subarray(evidence)])
  writeFileSync(join(base, 'twice'), zstdCompressSync(twice))
  await assert.rejects(restoreBackup(join(base, 'twice'), join(base, 'target')), { code: 'EEXIST' })
  assert.ok(!existsSync(join(base, 'target')))
})

test('a store of before the newest tables is backed up as it is', async context => {
  const { folder, store, file } = await world(context)
  await store.close()
  const tables = new DatabaseSync(join(folder, databaseName))
  tables.exec('drop table symbol_objects; drop table symbol_files')
  tables.close()
  assert.equal((await makeBackup({ folder, file, version: 'test' })).reports, 5)
})

test('a store that cannot be looked at is not called absent', async context => {
  const { file } = await world(context)
  writeFileSync(`${file}.no-folder`, '')
  await assert.rejects(makeBackup({ folder: `${file}.no-folder`, file, version: 'test' }), { code: 'ENOTDIR' })
})

test('nothing is written over; evidence that is damaged is named', async context => {
  const { folder, store, file } = await world(context)
  await assert.rejects(makeBackup({ folder: `${folder}-none`, file, version: 'test' }), /no store/)
  const { hash } = await store.db.selectFrom('evidence').select('hash').executeTakeFirstOrThrow()
  writeFileSync(join(folder, 'evidence', hash.slice(0, 2), hash.slice(2)), 'damaged')
  const { sums } = await makeBackup({ folder, file, version: 'test' })
  assert.deepEqual(sums.missing, [hash])
  await assert.rejects(makeBackup({ folder, file, version: 'test' }), /is there already/)
  await assert.rejects(restoreBackup(file, folder), /has a store already/)
})
