// The spool: what is written is there, whole, and is read as it was written.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { Spool } from './spool.ts'

const base = mkdtempSync(join(tmpdir(), 'faultline-spool-'))
after(() => rmSync(base, { recursive: true }))
let count = 0
const place = (): string => join(base, String(count++), 'data', 'bundles')

async function withSpool<T>(path: string, use: (spool: Spool) => Promise<T>): Promise<T> {
  const spool = await Spool.open(path)
  try {
    return await use(spool)
  } finally {
    await spool.close()
  }
}

test('a bundle is written whole, named by time, boot, number and kind, and read as it was written', async () => {
  await withSpool(place(), async spool => {
    const draft = sampleDraft({ files: [{ name: 'extra.bin', bytes: Uint8Array.of(0, 1, 255) }] })
    const { name, path } = await spool.write(draft)
    assert.equal(name, '20261129T060416Z-1f0c9a3e-000001-null-dereference')
    assert.deepEqual(readdirSync(path).sort(), [
      'context.log',
      'excerpt.log',
      'extra.bin',
      'origin.json',
      'report.json',
      'sha256sums',
    ])
    const bundle = await spool.read(name)
    assert.deepEqual(bundle.report, JSON.parse(JSON.stringify(draft.report)))
    assert.equal(bundle.origin?.schema, 'faultline.origin/1')
    assert.deepEqual(bundle.problems, [])
    assert.deepEqual(await spool.bytes(name, 'excerpt.log'), draft.excerpt)
    assert.deepEqual(await spool.verify(name), [])
    assert.equal(spawnSync('sha256sum', ['-c', '--strict', '--quiet', 'sha256sums'], { cwd: path }).status, 0)
    assert.equal(lstatSync(path).mode & 0o027, 0)
    assert.equal(lstatSync(join(path, 'report.json')).mode & 0o027, 0)
  })
})

test('numbers go on over a restart, and order the list whatever the clock says', async () => {
  const path = place()
  await withSpool(path, spool => spool.write(sampleDraft({}, { capturedAt: '2026-01-01T00:00:00Z' })))
  await withSpool(path, async spool => {
    await spool.write(sampleDraft({}, { capturedAt: '1970-01-01T00:00:07Z', bootId: 'not an id' }))
    await Promise.all([1, 2, 3].map(() => spool.write(sampleDraft({}, { capturedAt: 'no time' }))))
    const names = (await spool.list()).map(({ name }) => name)
    assert.deepEqual(
      names.map(name => name.replace('-null-dereference', '')),
      [
        '20260101T000000Z-1f0c9a3e-000001',
        '19700101T000007Z-unknown-000002',
        '19700101T000000Z-1f0c9a3e-000003',
        '19700101T000000Z-1f0c9a3e-000004',
        '19700101T000000Z-1f0c9a3e-000005',
      ],
    )
  })
})

test('one writer: a second one is told who has it, a reader may come in', async () => {
  const path = place()
  await withSpool(path, async spool => {
    await spool.write(sampleDraft())
    await assert.rejects(Spool.open(path), new RegExp(`in use by another agent \\(process ${process.pid}\\)`))
    const reader = await Spool.open(path, { readOnly: true })
    assert.equal((await reader.list()).length, 1)
    await assert.rejects(reader.write(sampleDraft()), /for reading only/)
    await reader.close()
  })
  await withSpool(path, spool => spool.write(sampleDraft()))
})

test('later evidence is added whole, once, and its report is the one that is read', async () => {
  await withSpool(place(), async spool => {
    const { name, path } = await spool.write(sampleDraft())
    const report = { ...sampleDraft().report, fatal: true as const }
    const files = [{ name: 'dmesg-ramoops-0', bytes: Buffer.from('Panic#1 Part1\n') }]
    const first = await spool.attach(name, { label: 'pstore', files, report })
    assert.equal(first.path, `${path}/evidence-1-pstore`)
    assert.deepEqual(await spool.attach(name, { label: 'pstore', files, report }), first)
    await spool.attach(name, { label: '../../etc', files: [{ name: '/etc/passwd', bytes: Buffer.from('x') }] })
    const bundle = await spool.read(name)
    assert.equal(bundle.report?.fatal, true)
    assert.equal(bundle.evidence[0], 'evidence-1-pstore')
    assert.match(bundle.evidence[1]!, /^evidence-2-[\w.]+$/)
    assert.deepEqual(await spool.verify(name), [])
    await assert.rejects(spool.attach('../elsewhere', { label: 'x', files }), /no bundle/)
  })
})

test('whatever is changed in a bundle is found', async () => {
  await withSpool(place(), async spool => {
    const { name, path } = await spool.write(sampleDraft())
    await spool.attach(name, { label: 'pstore', files: [{ name: 'part', bytes: Buffer.from('p') }] })
    appendFileSync(join(path, 'excerpt.log'), 'x')
    unlinkSync(join(path, 'context.log'))
    writeFileSync(join(path, 'more'), '')
    symlinkSync('/etc/passwd', join(path, 'link'))
    appendFileSync(join(path, 'evidence-1-pstore', 'part'), 'x')
    assert.deepEqual(await spool.verify(name), [
      { path: 'evidence-1-pstore/part', what: 'changed' },
      { path: 'excerpt.log', what: 'changed' },
      { path: 'link', what: 'link' },
      { path: 'more', what: 'unlisted' },
      { path: 'context.log', what: 'missing' },
    ])
    await assert.rejects(spool.bytes(name, 'link'), /symbolic link/)
    await assert.rejects(spool.bytes(name, '../../../../etc/passwd'), /./)
    writeFileSync(join(path, 'report.json'), '[1')
    const { report, problems } = await spool.read(name)
    assert.equal(report, undefined)
    assert.ok(problems.some(each => each.path === 'report.json' && each.what === 'malformed'))
  })
})

test('hostile names stay words: of a kind, a host, a file', async () => {
  const path = place()
  await withSpool(path, async spool => {
    const draft = sampleDraft({
      files: ['../../../tmp/x', '-rf', '.hidden', 'a\nb\u001b[31m', 'report.json', '', 'é'.repeat(300), 'collect'].map(
        name => ({ name, bytes: Buffer.from(name) }),
      ),
    })
    const kind = '../../x/$(id)' as never
    const { name } = await spool.write({ ...draft, report: { ...draft.report, kind } })
    assert.match(name, /^20261129T060416Z-1f0c9a3e-000001-x-id$/)
    const files = readdirSync(join(path, name))
    assert.equal(files.length, 5 + 8)
    for (const file of files) assert.match(file, /^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
    assert.deepEqual(await spool.verify(name), [])
  })
})

test('a link in place of the spool, or of a bundle to come, is not followed', async () => {
  const elsewhere = join(base, 'elsewhere')
  mkdirSync(elsewhere)
  const path = place()
  mkdirSync(join(path, '..'), { recursive: true })
  symlinkSync(elsewhere, path)
  await assert.rejects(Spool.open(path), /symbolic link, which is not followed/)
  unlinkSync(path)
  await withSpool(path, async spool => {
    const next = '20261129T060416Z-1f0c9a3e-000001-null-dereference'
    symlinkSync(elsewhere, join(path, next))
    assert.equal((await spool.write(sampleDraft())).name, next.replace('000001', '000002'))
    assert.ok(lstatSync(join(path, next)).isSymbolicLink())
  })
  assert.deepEqual(readdirSync(elsewhere), [])
})

test('a spool that everyone can write to is refused', async () => {
  const path = place()
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o777)
  await assert.rejects(Spool.open(path), /can be written by everyone\. Run: chmod o-w/)
})

test('a spool that was removed meanwhile is made again', async () => {
  const path = place()
  await withSpool(path, async spool => {
    await spool.write(sampleDraft())
    rmSync(join(path, '..'), { recursive: true })
    const { path: bundle } = await spool.write(sampleDraft())
    assert.ok(existsSync(join(bundle, 'sha256sums')))
    assert.match(readFileSync(join(path, '.lock'), 'utf8'), /"pid"/)
  })
})

test('a path that cannot be is told with what to do', async () => {
  writeFileSync(join(base, 'file'), '')
  await assert.rejects(Spool.open(join(base, 'file', 'bundles')), /a part of its path is no folder/)
  await assert.rejects(Spool.open(join(base, 'nothing'), { readOnly: true }), /it is not there/)
})

test('what a torn draft has of an exception is saved, and gives way when the whole comes', async () => {
  const path = place()
  const draft = sampleDraft({}, { sequence: { first: 7, last: 17 } })
  await withSpool(path, spool => spool.write(sampleDraft()))
  const torn = join(path, '.new-0123456789ab')
  mkdirSync(torn)
  const origin = { schema: 'faultline.origin/1', ...draft.origin, writtenAt: '2026-11-29T06:04:17Z' }
  writeFileSync(join(torn, 'origin.json'), JSON.stringify(origin))
  writeFileSync(join(torn, 'excerpt.log'), draft.excerpt.subarray(0, 400))
  writeFileSync(join(torn, 'report.json'), '{"schema": "fault')
  mkdirSync(join(path, '.new-empty'))
  symlinkSync('/etc', join(path, '.new-link'))
  await withSpool(path, async spool => {
    const [salvaged] = spool.leftovers.salvaged
    assert.match(salvaged!, /-000002-null-dereference$/)
    assert.equal(spool.leftovers.dropped, 2)
    const bundle = await spool.read(salvaged!)
    assert.match(bundle.origin!.salvaged!, /it had not written context\.log, sha256sums$/)
    assert.equal(bundle.report?.title, draft.report.title)
    assert.deepEqual(await spool.verify(salvaged!), [])
    const whole = await spool.write(draft)
    assert.match(whole.name, /-000003-/)
    assert.deepEqual(
      (await spool.list()).map(({ sequence }) => sequence),
      [1, 3],
    )
    assert.deepEqual(
      (await spool.removals()).list.map(({ name, reason }) => [name, reason]),
      [[salvaged, 'superseded']],
    )
    assert.equal((await spool.write(draft)).name, whole.name)
  })
  assert.ok(existsSync('/etc/passwd'))
})
