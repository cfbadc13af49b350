// What an issue began with, as numbers and in a store that hosts fill: by what they send of a crash and of themselves.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { filedReport } from '../../../tests/filing.ts'
import { sampleLog } from '../../../tests/samples/drafts.ts'
import { decodeBytes } from '../../core/decoder.ts'
import { takeFacts } from '../machines/facts.ts'
import { removeHost } from '../machines/remove.ts'
import { openStore, type Store } from '../store/store.ts'
import { beganWithin, beganWithModule } from './began.ts'
import { merge } from './change.ts'
import { compareFirmware, firmwareOf, modelOf } from './hardware.ts'
import { judge } from './judge.ts'
import { hostRow } from './machines.ts'
import { undo } from './undo.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-began-'))
let store: Store
before(async () => {
  store = await openStore(base)
})
after(async () => {
  await store.close()
  rmSync(base, { recursive: true })
})

test('began with a release: only where earlier ones ran without it, and often enough to say so', () => {
  const ran = new Map([
    ['6.1.0', 12],
    ['6.1.9', 3],
    ['6.2.0', 5],
  ])
  const began = beganWithin('kernel', ['6.2.0'], ran, 4)
  assert.equal(began?.name, '6.2.0')
  assert.equal(began?.lastGood, '6.1.9')
  assert.equal(began?.confidence, 'likely')
  // Once in two hundred boots: that fifteen did without it before says nothing.
  assert.equal(beganWithin('kernel', ['6.2.0'], new Map([...ran, ['6.2.0', 200]]), 1)?.confidence, 'possible')
  assert.equal(
    beganWithin(
      'kernel',
      ['6.2.0'],
      new Map([
        ['6.1.0', 1],
        ['6.2.0', 9],
      ]),
      9,
    )?.confidence,
    'possible',
  )
  assert.equal(beganWithin('kernel', ['6.2.0', '6.1.0'], ran, 5), undefined)
  assert.equal(beganWithin('kernel', [], ran, 0), undefined)
})

test('began with a module: what all hosts with it have loaded and few others have', () => {
  const hosts = new Map([
    ['ext4', 40],
    ['spl', 12],
    ['zfs', 12],
    ['zfs 2.1.11-1', 8],
    ['zfs 2.2.0-1', 4],
  ])
  const spread = { common: ['ext4', 'spl', 'zfs', 'zfs 2.2.0-1'], having: 4, hosts, known: 40 }
  const began = beganWithModule(spread)
  assert.equal(began?.name, 'zfs 2.2.0-1')
  assert.equal(began?.lastGood, 'zfs 2.1.11-1')
  assert.equal(began?.confidence, 'likely')
  const unversioned = { ...spread, common: ['ext4', 'spl', 'zfs'] }
  assert.equal(beganWithModule(unversioned)?.name, 'spl, zfs')
  assert.equal(beganWithModule({ ...unversioned, blamed: 'zfs' })?.name, 'zfs')
  // One version everywhere is no more than the name.
  const same = new Map([
    ['zfs', 4],
    ['zfs 2.2.0-1', 4],
  ])
  assert.equal(beganWithModule({ ...spread, common: ['zfs', 'zfs 2.2.0-1'], hosts: same })?.name, 'zfs')
  for (const nothing of [
    { ...spread, common: ['ext4'] },
    { ...spread, common: [] },
    { ...spread, having: 1 },
    { ...spread, known: 0 },
    { ...spread, known: 6 },
  ])
    assert.equal(beganWithModule(nothing), undefined)
})

test('a model is one, whoever tells of it; its firmware is ordered by its date', () => {
  const dell = 'Dell Inc. PowerEdge R740/0923K0'
  assert.equal(modelOf(`${dell}, BIOS 2.10.0 11/12/2020`), dell)
  assert.equal(firmwareOf(`${dell}, BIOS 2.10.0 11/12/2020`), '2.10.0 11/12/2020')
  assert.equal(
    modelOf('LENOVO IdeaPad U410    /Lenovo          , BIOS 65CN15WW 06/05/2012'),
    'LENOVO IdeaPad U410/Lenovo',
  )
  assert.equal(modelOf('FriendlyElec NanoPi M4 (DT)'), 'FriendlyElec NanoPi M4')
  assert.equal(firmwareOf('FriendlyElec NanoPi M4 (DT)'), undefined)
  const power = 'IBM,8375-42A POWER9 (raw) 0x4e0202 0xf000005 of:IBM,FW950.30 (VL950_092) hv:phyp pSeries'
  assert.equal(modelOf(power), 'IBM,8375-42A POWER9 (raw) 0x4e0202 0xf000005 hv:phyp pSeries')
  assert.equal(firmwareOf(power), 'of:IBM,FW950.30 (VL950_092)')
  assert.ok(compareFirmware('A10 01/04/2006', 'A2 02/04/2006') < 0)
  assert.ok(compareFirmware('2.9.1 01/04/2006', '2.10.0 01/04/2006') < 0)
  assert.ok(compareFirmware('of:IBM,FW940.10', 'of:IBM,FW950.30 (VL950_092)') < 0)
})

const model = 'Acme Inc. A1/B7'
let boot = 0

/** One boot of a host, with a crash in a function. Gives its issue. */
async function crashed(name: string, host: string, bios: string, modules: string): Promise<string> {
  const text = sampleLog
    .replaceAll('fl_read', name)
    .replace('6.1.0 #1\n', `6.1.0 #1\n[   12.000005] Hardware name: ${model}, BIOS ${bios}\n`)
    .replace('[   12.000007]', `[   12.000006] Modules linked in: ${modules}\n[   12.000007]`)
  const report = decodeBytes(Buffer.from(text))[0]!
  const { issueId } = await filedReport(store, report, { host, bootId: `boot-${boot++}` })
  return issueId
}

const hostId = (name: string): Promise<string> => store.write(tx => hostRow(tx, name, '', Date.now()))
const judged = async (id: string) =>
  (
    await judge(
      store.db,
      await store.db.selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    )
  ).began
const loaded = async (module: string): Promise<number | undefined> =>
  (await store.db.selectFrom('module_hosts').select('hosts').where('module', '=', module).executeTakeFirst())?.hosts

test('firmware and modules of the fleet beside those of an issue', async () => {
  // Some say what they are without any crash; others have one that everybody has.
  for (let each = 0; each < 30; each++) {
    const firmware = each < 25 ? '1.4 03/01/2023' : '1.5 11/20/2023'
    const name = each < 20 ? 'ext4' : 'zfs'
    const version = each < 20 ? undefined : '2.1.11-1'
    const machine = { hardware: model, firmware, release: '6.1.0', modules: [{ name, version }, { name: 'fl' }] }
    const boots = [{ bootId: `quiet-${each}`, began: 1, running: true, release: '6.1.0' }]
    await takeFacts(store, await hostId(`quiet-${each}`), { machine, boots })
  }
  for (const each of [0, 1, 2, 3]) await crashed('everywhere', `quiet-${each}`, '1.4 03/01/2023', 'fl(OE) ext4')
  let issue = ''
  for (const each of [0, 1, 2]) {
    const host = `bad-${each}`
    const modules = [{ name: 'zfs', version: '2.2.0-1' }, { name: 'fl' }]
    await takeFacts(store, await hostId(host), { machine: { hardware: model, modules } })
    issue = await crashed('zfs_broke', host, '1.6 02/02/2024', 'zfs(POE) fl(OE)')
  }
  const began = await judged(issue)
  assert.deepEqual(
    began.map(({ what, name, lastGood, confidence }) => ({ what, name, lastGood, confidence })),
    [
      { what: 'firmware', name: '1.6 02/02/2024', lastGood: '1.5 11/20/2023', confidence: 'likely' },
      { what: 'module', name: 'zfs 2.2.0-1', lastGood: 'zfs 2.1.11-1', confidence: 'likely' },
    ],
  )
  assert.match(began[0]!.because, /3 of 3 known boots since, in none of 34 /)
  assert.equal(await loaded('zfs'), 13)
  assert.equal(await loaded('zfs 2.2.0-1'), 3)
  assert.equal(await loaded('fl'), 33)
  assert.equal(await loaded('ext4'), 20)

  // It goes with its reports into another issue, and comes back with them.
  const other = await crashed('everywhere', 'quiet-4', '1.4 03/01/2023', 'fl(OE) ext4')
  const entry = await store.write(tx => merge(tx, 'test', issue, other))
  assert.deepEqual(await judged(other), [])
  await store.write(tx => undo(tx, 'test', entry))
  assert.deepEqual(
    await judged(issue),
    began.map(each => ({ ...each, because: each.because.replace(' 34 ', ' 35 ') })),
  )

  await removeHost(store, await hostId('bad-2'))
  assert.equal(await loaded('zfs 2.2.0-1'), 2)
  for (const each of [0, 1]) await removeHost(store, await hostId(`bad-${each}`))
  assert.equal(await loaded('zfs 2.2.0-1'), undefined)
})

test('names of modules that no kernel has are not taken', async () => {
  const modules = [{ name: 'a b' }, { name: '<b>' }, { name: 'good', version: 'x\u001b[31m' }, { name: 'x\ny' }]
  await takeFacts(store, await hostId('hostile'), { machine: { modules } })
  const host = await store.db.selectFrom('hosts').selectAll().where('name', '=', 'hostile').executeTakeFirstOrThrow()
  const set = store.db.selectFrom('module_sets').select('names').where('hash', '=', host.modules)
  assert.equal((await set.executeTakeFirstOrThrow()).names, 'good')
})
