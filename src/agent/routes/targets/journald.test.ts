import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, readSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { kindNames } from '../../../core/vocabulary.ts'
import { libc } from '../../../node/libc.ts'
import { recordMessage } from '../message.ts'
import { parseRoute } from '../route.ts'
import { createRouter } from '../router.ts'
import { TestHost, testRecord } from '../testing.ts'
import { catalogText } from './journald-catalog.ts'
import { journaldMessage, messageId } from './journald-fields.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-journal-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('fields of a record, one a line; what has line breaks goes with its length', () => {
  const record = testRecord('usb 1-1: hello\nMESSAGE=forged', {
    level: 3,
    caller: 'T7',
    dictionary: { SUBSYSTEM: 'usb\nPRIORITY=0' },
  })
  const bytes = journaldMessage(recordMessage(record, 0))
  const text = bytes.toString('latin1')
  assert.match(text, /^MESSAGE=usb 1-1: hello/)
  assert.doesNotMatch(text, /\nMESSAGE=forged/)
  const at = bytes.indexOf('KERNEL_SUBSYSTEM\n') + 'KERNEL_SUBSYSTEM\n'.length
  assert.equal(bytes.readBigUInt64LE(at), BigInt('usb\nPRIORITY=0'.length))
  assert.match(text, /\nPRIORITY=3\nSYSLOG_FACILITY=0\nSYSLOG_IDENTIFIER=kernel\n/)
  assert.match(text, /\nFAULTLINE_CALLER=T7\n/)
})

test('the identifiers of kinds are UUIDs of version 5, each its own, and stay what they are', () => {
  const all = kindNames.map(messageId)
  assert.equal(new Set(all).size, kindNames.length)
  for (const id of all) assert.match(id, /^[0-9a-f]{12}5[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  assert.equal(messageId('oom-kill'), OOM_KILL)
})
const OOM_KILL = 'fbaa3b8e20a35714966d50735ce08233'

const hasJournalctl = spawnSync('journalctl', ['--version']).status === 0 ? false : 'journalctl is not there'

test('journalctl takes the catalog, an entry for each kind', { skip: hasJournalctl }, () => {
  const catalog = join(folder, 'usr/lib/systemd/catalog')
  mkdirSync(catalog, { recursive: true })
  mkdirSync(join(folder, 'var/lib/systemd/catalog'), { recursive: true })
  writeFileSync(join(catalog, 'faultline.catalog'), catalogText())
  const update = spawnSync('journalctl', [`--root=${folder}`, '--update-catalog'])
  assert.equal(update.status, 0, String(update.stderr))
  const listed = String(spawnSync('journalctl', [`--root=${folder}`, '--list-catalog', '--no-pager']).stdout)
  for (const kind of kindNames)
    assert.ok(listed.includes(`${messageId(kind)} Faultline: Kernel: @FAULTLINE_TITLE@`), kind)
})

const library = libc()

test('datagrams; away, restarted, full', {
  skip: library === undefined ? 'koffi has no library here' : false,
}, async () => {
  const path = join(folder, 'socket')
  const host = new TestHost()
  const router = createRouter([parseRoute(`kern.* journald:${path}`)], host)
  router.deliver(testRecord('first'))
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /there is no journald/)
  let socket = library!.unixDatagram(path, 'bind')
  await host.pass(2000)
  const buffer = Buffer.alloc(65_536)
  const read = (): string => buffer.toString('utf8', 0, readSync(socket, buffer))
  assert.match(read(), /^MESSAGE=first\n/)
  // A socket holds some ten datagrams; the rest waits.
  for (let i = 0; i < 100; i++) router.deliver(testRecord(`m${i}.`))
  await host.pass(100)
  assert.ok(router.stats()['queued']! > 0)
  const got: string[] = []
  for (let turn = 0; turn < 1000 && got.length < 100; turn++) {
    try {
      got.push(/m(\d+)\./.exec(read())![1]!)
    } catch {
      await host.pass(1000)
    }
  }
  assert.deepEqual(
    got.map(Number),
    Array.from({ length: 100 }, (_, i) => i),
  )
  // journald begun again has a new socket of the same name
  unlinkSync(path)
  closeSync(socket)
  socket = library!.unixDatagram(path, 'bind')
  router.deliver(testRecord('after'))
  await host.pass(5000)
  assert.match(read(), /^MESSAGE=after\n/)
  closeSync(socket)
  const closing = router.close(10)
  await host.pass(10)
  await closing
})
