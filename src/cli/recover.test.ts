import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { imageOf, pstoreFilesOf } from '../../tests/images.ts'
import { runCommand as run } from '../../tests/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-recover-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const ramoops = file('ramoops.bin', imageOf('ramoops-deflate'))
const titles = [
  'BUG: unable to handle kernel NULL pointer dereference in lkdtm_EXCEPTION',
  'BUG: unable to handle kernel NULL pointer dereference in fl_null_write',
]
const titlesOf = (out: string): string[] =>
  out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).title)

test('recover: an image becomes reports, three dumps of one boot two of them', async () => {
  const { code, out } = await run(['recover', '--json', ramoops])
  assert.equal(code, 0)
  assert.deepEqual(titlesOf(out), titles)
  assert.equal(JSON.parse(out.split('\n')[0]!).source.file, ramoops)
  assert.match((await run(['recover', ramoops])).out, /^\[OOPS\] BUG: unable/)
  assert.match((await run(['recover', '--summary', ramoops])).out, /^oops .*\noops .*fatal\n$/)
})

test('recover: an image in the middle of a larger one, and packed ones', async () => {
  const large = new Uint8Array(2 * 1024 * 1024)
  large.set(imageOf('ramoops-deflate'), 0x54320)
  assert.deepEqual(titlesOf((await run(['recover', '--json', file('memory.bin', large)])).out), titles)
  const packed = join(import.meta.dirname, '../../fixtures/images/ramoops-deflate/image.gz')
  assert.deepEqual(titlesOf((await run(['recover', '--json', packed])).out), titles)
})

test('recover --raw: the text; --list: what is there', async () => {
  const raw = await run(['recover', '--raw', ramoops])
  assert.equal(raw.code, 0)
  assert.match(raw.out, /^Oops#1 Part1\n<5>\[ {4}0\.000000\] Linux version 6\.1/)
  const list = await run(['recover', '--list', ramoops])
  assert.deepEqual(list.out.split('\n')[0], 'dmesg-ramoops-0  2026-11-22T06:56:56.210Z  29671 bytes at 0xc')
})

test('recover: a folder of pstore files, packed ones among them', async () => {
  const pstore = join(folder, 'pstore')
  mkdirSync(pstore)
  for (const [name, bytes] of pstoreFilesOf('erst')) writeFileSync(join(pstore, name), bytes)
  const { code, out } = await run(['recover', '--json', pstore])
  assert.equal(code, 0)
  assert.equal(titlesOf(out)[1], 'kernel panic: dumptest')
})

test('recover: nothing found is 1; what cannot be read is said and is 2, and the others are read', async () => {
  const empty = await run(['recover', file('zeros.bin', new Uint8Array(100_000))], '', { interactive: true })
  assert.equal(empty.code, 1)
  assert.match(empty.err, /no log in .*zeros\.bin/)
  const vmcore = file('vmcore', Buffer.concat([Buffer.from('KDUMP   '), Buffer.alloc(8192)]))
  const torn = await run(['recover', '--json', vmcore, join(folder, 'missing'), ramoops])
  assert.equal(torn.code, 2)
  assert.match(torn.err, /vmcore: kdump at 0x0: its header has no sizes/)
  assert.match(torn.err, /missing: no such file/)
  assert.deepEqual(titlesOf(torn.out), titles)
})

test('recover: damage is said on standard error', async () => {
  const image = imageOf('ramoops-deflate')
  image.fill(0x11, 60, 80)
  const { code, out, err } = await run(['recover', '--json', file('damaged.bin', image)])
  assert.equal(code, 0)
  assert.match(err, /dmesg-ramoops-0: its compressed data is damaged/)
  assert.ok(titlesOf(out).includes(titles[1]!))
})

test('recover --data: bundles, once; --json says which', async () => {
  const data = join(folder, 'data')
  const first = await run(['recover', '--data', data, ramoops])
  assert.equal(first.code, 0, first.err)
  assert.match(first.out, /^new bundle .*\/data\/bundles\/20261122T\S+-null-dereference\nnew bundle /)
  assert.match(first.out, /3 logs, 3 not seen before; 0 originals erased\n$/)
  const again = await run(['recover', '--data', data, '--json', ramoops])
  const { written, joined, logs, fresh } = JSON.parse(again.out)
  assert.deepEqual([again.code, written, joined, logs, fresh], [0, [], [], 3, 0])
  // The archive is lost: the exceptions are known by what the spool holds, and get no evidence twice.
  rmSync(join(data, 'remains'), { recursive: true })
  const third = await run(['recover', '--data', data, '--json', ramoops])
  assert.deepEqual([JSON.parse(third.out).written, JSON.parse(third.out).joined.length], [[], 2])
  for (const name of readdirSync(join(data, 'bundles')).filter(each => !each.startsWith('.'))) {
    assert.deepEqual(
      readdirSync(join(data, 'bundles', name)).filter(each => each.startsWith('evidence')),
      [],
    )
  }
})

test('recover --spool on a machine below a folder: its places are looked at, its originals erased', async () => {
  const root = join(folder, 'root')
  const pstore = join(root, 'sys/fs/pstore')
  mkdirSync(pstore, { recursive: true })
  mkdirSync(join(root, 'etc/faultline'), { recursive: true })
  for (const [name, bytes] of pstoreFilesOf('erst')) writeFileSync(join(pstore, name), bytes)
  writeFileSync(
    join(root, 'etc/faultline/faultline.conf'),
    `[Spool]\nData=${join(folder, 'machine')}\n[Harvest]\nErase=soon\n`,
  )
  const { code, out, err } = await run(['recover', '--spool', '--root', root])
  assert.equal(code, 0)
  assert.match(err, /faultline\.conf:4:7: .*"soon"/)
  assert.match(out, /panic\n4 logs|6 logs|\d logs, \d not seen before; \d originals erased\n$/)
  assert.deepEqual(readdirSync(pstore), [])
  assert.equal((await run(['recover', '--spool', '--root', root])).code, 1)
  const wrong = await run(['recover', '--spool', '--root', root, '--erase', 'soon'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /--erase: .*Expected/)
})

test('why-reboot: a verdict with its evidence, and as JSON; unknown is exit 1', async () => {
  const root = join(folder, 'dead')
  const pstore = join(root, 'sys/fs/pstore')
  mkdirSync(pstore, { recursive: true })
  const nothing = await run(['why-reboot', '--root', root])
  assert.equal(nothing.code, 1)
  assert.match(nothing.out, /^Why the last boot ended: nothing says why/)
  writeFileSync(join(pstore, 'console-ramoops-0'), '[   12.000001] Kernel panic - not syncing: \u001b[31mred\n')
  const { code, out } = await run(['why-reboot', '--root', root])
  assert.equal(code, 0)
  assert.match(out, /^Why the last boot ended: the kernel panicked \(that is certain\)\n {2}kernel panic: /)
  assert.ok(!out.includes('\u001b'))
  const { ending, ranked, schema } = JSON.parse((await run(['why-reboot', '--root', root, '--json'])).out)
  assert.deepEqual([schema, ending, ranked[0].ending, ranked.length], ['faultline.why-reboot/1', 'panic', 'panic', 8])
})
