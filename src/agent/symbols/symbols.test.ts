// Symbols of a boot: saved once, found for what happened then, and good for naming what the log does not.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { decodeBytes } from '../../core/decoder.ts'
import { mismatch, nameAddresses } from '../../core/localise/name-addresses.ts'
import { parseSnapshotName } from '../../node/bundles/names.ts'
import { Folder } from '../bundles/folder.ts'
import { nodeFiles, nodeHost } from '../host.ts'
import { SymbolKeeper } from './keeper.ts'
import { addBuildIds, buildIdOfNotes, readSnapshot } from './read.ts'
import { listSnapshots, MAX_SNAPSHOTS, outdated, snapshotFor } from './store.ts'
import { type KernelView, takeSnapshot } from './take.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-symbols-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

const open: Folder[] = []
after(() => Promise.all(open.map(folder => folder.close())))

const store = async (): Promise<Folder> => {
  const folder = await Folder.open(nodeFiles, mkdtempSync(join(base, `${count++}-`)))
  open.push(folder)
  return folder
}

const snapshotIn = async (folder: Folder, name: string) => {
  const inside = await folder.folder(name)
  return readSnapshot(inside).finally(() => inside.close())
}

const kallsyms = `0000000000000000 A fixed_percpu_data
0000000000001000 A cpu_hw
ffffffff81000000 T _text
ffffffff81000100 T do_thing
ffffffff81000200 T do_other
ffffffffc0100000 t probe\t[fl]
ffffffffc0100080 t fl_read\t[fl]
ffffffffc0100100 t fl_end\t[fl]
`
const moduleList = 'fl 16384 0 - Live 0xffffffffc0100000 (OE)\n'
/** GNU build ID ab…cd of 20 bytes, as od prints the note */
const note = ` 04 00 00 00 14 00 00 00 03 00 00 00 47 4e 55 00 ${'ab cd '.repeat(10).trim()}`

function kernel(change: Partial<{ kallsyms: string; modules: string; bootId: string }> = {}): KernelView {
  const outputs = [
    `==> /proc/modules <==\n${change.modules ?? moduleList}\n==> /sys/module/fl <==\nbuild-id-note:${note}\n`,
    `${note}\n`,
    change.kallsyms ?? kallsyms,
  ]
  return {
    bootId: change.bootId ?? '1f0c9a3e-1111-4222-8333-444455556666',
    release: '6.1.0',
    version: '#1 SMP',
    machine: 'x64',
    signal: new AbortController().signal,
    async output(_, keep) {
      const bytes = Buffer.from(outputs.shift()!)
      // In pieces that end anywhere.
      for (let at = 0; at < bytes.length; at += 7) {
        if ((await keep(bytes.subarray(at, at + 7))) < Math.min(7, bytes.length - at)) return false
      }
      return true
    },
  }
}

test('a snapshot has names, modules and build IDs, and is not taken twice', async () => {
  const folder = await store()
  const name = await takeSnapshot(folder, kernel(), nodeHost)
  assert.ok(name !== undefined && parseSnapshotName(name)?.boot === '1f0c9a3e')
  assert.equal(await takeSnapshot(folder, kernel(), nodeHost), undefined)
  assert.notEqual(await takeSnapshot(folder, kernel({ modules: '' }), nodeHost), undefined)
  const snapshot = await snapshotIn(folder, name)
  assert.equal(snapshot.boot.buildId, 'abcd'.repeat(10))
  assert.equal(snapshot.buildIds.get('fl'), 'abcd'.repeat(10))
  assert.equal(snapshot.modules[0]?.address, 0xffffffffc0100000n)
  assert.equal(snapshot.symbols?.table.at(0xffffffffc0100090n)?.name, 'fl_read')
})

test('an agent that ends while it reads keeps nothing of what it read', async () => {
  const folder = await store()
  const signal = AbortSignal.abort()
  const cut = { ...kernel(), signal, output: async () => false }
  assert.equal(await takeSnapshot(folder, cut, nodeHost), undefined)
  assert.deepEqual(await folder.list(), [])
})

test('what changed and changed back within a second is there already', async () => {
  const folder = await store()
  const host = { ...nodeHost, now: () => Date.UTC(2026, 0, 1) }
  const take = (modules: string) => takeSnapshot(folder, kernel({ modules }), host)
  assert.notEqual(await take(''), undefined)
  assert.notEqual(await take(moduleList), undefined)
  // Of one second, the names do not say which came last: either way round.
  await take('')
  await take(moduleList)
  assert.equal((await folder.list()).length, 2)
})

test('bare addresses of a report get their names, years later', async () => {
  const folder = await store()
  const name = await takeSnapshot(folder, kernel(), nodeHost)
  const snapshot = await snapshotIn(folder, name!)
  const [report] = decodeBytes(
    Buffer.from(`[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008
[    1.000001] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    1.000002] CPU: 0 PID: 77 Comm: insmod Tainted: G           OE      6.1.0 #1
[    1.000003] RIP: 0010:0xffffffffc0100090
[    1.000004] RAX: ffffffff81000110 RBX: 0000000000000000 RCX: 0000000000000000
[    1.000005] Call Trace:
[    1.000006]  <TASK>
[    1.000007]  [<ffffffff81000210>] 0xffffffff81000210
[    1.000008]  </TASK>
[    1.000009] ---[ end trace 0000000000000000 ]---
`),
  )
  assert.equal(mismatch(report!, snapshot.symbols!), undefined)
  assert.ok(nameAddresses(report!, snapshot.symbols!) >= 2)
  addBuildIds(report!, snapshot)
  assert.equal(report!.pc?.symbol, 'fl_read')
  assert.equal(report!.pc?.buildId, 'abcd'.repeat(10))
  assert.equal(report!.kernel?.buildId, 'abcd'.repeat(10))
})

test('a kernel that hides its addresses leaves modules and build IDs', async () => {
  const folder = await store()
  const hidden = kallsyms.replace(/^[0-9a-f]{16}/gm, '0'.repeat(16))
  const name = await takeSnapshot(folder, kernel({ kallsyms: hidden }), nodeHost)
  const snapshot = await snapshotIn(folder, name!)
  assert.equal(snapshot.symbols, undefined)
  assert.equal(snapshot.boot.buildId, 'abcd'.repeat(10))
})

test('a changed snapshot is not believed', async () => {
  const folder = await store()
  const name = await takeSnapshot(folder, kernel(), nodeHost)
  writeFileSync(join(folder.path, name!, 'modules.txt'), 'other')
  await assert.rejects(snapshotIn(folder, name!), /modules\.txt is not as it was written/)
})

test('build IDs in either byte order, and notes that are none', () => {
  const big = ' 00 00 00 04 00 00 00 02 00 00 00 03 47 4e 55 00 be ef 00 00'
  assert.equal(buildIdOfNotes(big), 'beef')
  for (const text of ['', 'od: not found', ' 04 00', ' ff ff ff ff ff ff ff ff 00 00 00 00']) {
    assert.equal(buildIdOfNotes(text), undefined, text)
  }
})

test('the snapshot of an exception: the first since then, else the last before, of its boot', () => {
  const names = [
    '20260101T000000Z-aaaaaaaa-00000000',
    '20260103T000000Z-aaaaaaaa-11111111',
    '20260104T000000Z-bbbbbbbb-00000000',
  ]
  const all = names.map(name => parseSnapshotName(name)!)
  const at = (day: number) => snapshotFor(all, 'aaaaaaaa-1111', Date.UTC(2026, 0, day))?.name
  assert.equal(at(1), names[0])
  assert.equal(at(2), names[1])
  assert.equal(at(9), names[1])
  assert.equal(snapshotFor(all, 'cccccccc', 0), undefined)
})

test('snapshots go when no bundle is of their boot, and when there are too many', () => {
  const of = (boot: number, day: number) =>
    parseSnapshotName(`202601${String(day).padStart(2, '0')}T000000Z-0000000${boot}-00000000`)!
  const all = [1, 2, 3, 4, 5, 6].map(each => of(each, each))
  assert.deepEqual(
    outdated(all, new Set(['00000001'])).map(({ boot }) => boot),
    ['00000002'],
  )
  const many = Array.from({ length: MAX_SNAPSHOTS + 5 }, () => of(1, 1))
  assert.equal(outdated(many, new Set()).length, 5)
})

test('this kernel’s own, as far as it shows them', async () => {
  const path = join(base, 'own')
  const said: string[] = []
  const keeper = new SymbolKeeper({
    path,
    host: nodeHost,
    bootsOfBundles: async () => new Set(),
    say: text => said.push(text),
  })
  await keeper.refresh()
  await keeper.refresh()
  await keeper.close()
  assert.deepEqual(said, [])
  const folder = await Folder.open(nodeFiles, path)
  const names = await listSnapshots(folder)
  assert.equal(names.length, 1)
  const snapshot = await snapshotIn(folder, names[0]!.name)
  assert.match(snapshot.boot.release, /^\d+\.\d+/)
  await folder.close()
})
