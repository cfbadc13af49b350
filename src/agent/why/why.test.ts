// Why a boot ended, on machines that are folders.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { pstoreFilesOf } from '../../../tests/images.ts'
import { utmpBytes } from '../../../tests/utmp-writer.ts'
import { decodeBytes } from '../../core/decoder.ts'
import { utmpTypes } from '../../core/formats/utmp.ts'
import { bootAt, readBootRecords, recordBoot, recordEnd } from '../boot-record.ts'
import { Spool } from '../bundles/spool.ts'
import { type Program, type System, systemAt } from '../system.ts'
import { type Ending, isOfScene } from './clue.ts'
import { rank, whyReboot } from './verdict.ts'

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

type Files = Record<string, string | Uint8Array>
type Programs = Record<string, string>

/** Started again at 10:10, asked a minute later. */
const began = Date.parse('2026-11-20T08:00:00Z')
const ended = Date.parse('2026-11-20T10:09:00Z')
const booted = Date.parse('2026-11-20T10:10:00Z')

/** A machine with these files; programs answer by the beginning of their command line. */
function machine(files: Files, programs: Programs = {}): System {
  const root = mkdtempSync(join(tmpdir(), 'faultline-why-'))
  made.push(root)
  const all: Files = {
    '/proc/uptime': '60.00 50.00\n',
    '/proc/sys/kernel/random/boot_id': 'now\n',
    '/proc/cmdline': 'quiet\n',
    ...files,
  }
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    utimesSync(join(root, path), ended / 1000, ended / 1000)
  }
  const run = (program: string, args: readonly string[]): Program | undefined => {
    const line = [program, ...args].join(' ')
    const found = Object.entries(programs).find(([begin]) => line.startsWith(begin))
    return found && { status: 0, out: found[1], complaint: '' }
  }
  return { ...systemAt(root), now: () => booted + 60_000, run }
}

const boot = { type: utmpTypes.boot, pid: 0, line: '~', user: 'reboot', host: '6.1', at: began }
const again = { ...boot, at: booted }
const shutdown = { type: utmpTypes.runLevel, pid: 0, line: '~', user: 'shutdown', host: '6.1', at: ended }
const level = (digit: string) => ({ ...shutdown, user: 'runlevel', pid: digit.charCodeAt(0) })

const entry = (message: string, fields: Record<string, string> = {}): string =>
  JSON.stringify({
    MESSAGE: message,
    __REALTIME_TIMESTAMP: String(ended * 1000),
    SYSLOG_IDENTIFIER: 'systemd',
    _PID: '1',
    ...fields,
  })
const journalOf = (...lines: string[]): Programs => ({ 'journalctl -b -1 -n': `${lines.join('\n')}\n` })

const panicked = '<0>[ 7200.000001] Kernel panic - not syncing: dumptest\n'
const lines = (count: number): string => Array.from({ length: count }, (_, n) => `daemon[12]: line ${n}`).join('\n')

const cases: [name: string, System, Ending, confidence: string][] = [
  ['nothing is known', machine({}), 'unknown', 'possible'],
  ['pstore has a panic', machine({ '/sys/fs/pstore/console-ramoops-0': panicked }), 'panic', 'certain'],
  [
    'an oops, and then nothing',
    machine({
      '/var/log/wtmp': utmpBytes([boot, again]),
      '/sys/fs/pstore/console-ramoops-0':
        '[ 7200.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008\n[ 7200.000002] RIP: 0010:f+0x1/0x2\n',
    }),
    'oops',
    'likely',
  ],
  [
    'the dump of a restart',
    machine({ '/sys/fs/pstore/dmesg-ramoops-0': 'Shutdown#1 Part1\n<6>[ 7200.000001] reboot: Restarting system\n' }),
    'restart',
    'certain',
  ],
  [
    'the console of a power-off',
    machine({ '/sys/fs/pstore/console-ramoops-0': '[ 7200.100000] reboot: Power down\n' }),
    'power-off',
    'certain',
  ],
  [
    'the console of a halt',
    machine({ '/sys/fs/pstore/console-ramoops-0': '[ 7200.100000] reboot: System halted\n' }),
    'halt',
    'certain',
  ],
  [
    'systemd restarts',
    machine(
      { '/var/log/wtmp': utmpBytes([boot, shutdown, again]) },
      journalOf(entry('Reached target reboot.target - System Reboot.')),
    ),
    'restart',
    'certain',
  ],
  [
    'systemd powers off',
    machine(
      { '/var/log/wtmp': utmpBytes([boot, shutdown, again]) },
      journalOf(
        entry('System is powering down.'),
        entry('Reached target poweroff.target - System Power Off.'),
        entry('Shutting down.'),
      ),
    ),
    'power-off',
    'certain',
  ],
  [
    'systemd halts',
    machine(
      { '/var/log/wtmp': utmpBytes([boot, shutdown, again]) },
      journalOf(entry('Reached target halt.target - System Halt.')),
    ),
    'halt',
    'certain',
  ],
  [
    'sysvinit restarts',
    machine({ '/var/log/wtmp': utmpBytes([boot, level('6'), shutdown, again], { wide: true }) }),
    'restart',
    'certain',
  ],
  [
    'the journal breaks off',
    machine(
      { '/var/log/wtmp': utmpBytes([boot, again]) },
      {
        ...journalOf(entry('Started something.')),
        'journalctl -b -1 -k': 'pstore: Registered erst as persistent store backend\n',
      },
    ),
    'power-loss',
    'likely',
  ],
  [
    'a watchdog, whatever the rest',
    machine(
      {
        '/var/log/wtmp': utmpBytes([boot, again]),
        '/sys/class/watchdog/watchdog0/bootstatus': '32\n',
        '/sys/class/watchdog/watchdog0/identity': 'i6300ESB timer\n',
      },
      journalOf(entry('Started something.')),
    ),
    'watchdog',
    'certain',
  ],
  [
    'a dump of kdump',
    machine({ '/var/log/wtmp': utmpBytes([boot, again]), '/var/crash/1/vmcore-dmesg.txt': panicked.slice(3) }),
    'panic',
    'certain',
  ],
  [
    'an oops hours before an orderly restart did not end it',
    machine({
      '/var/log/wtmp': utmpBytes([boot, shutdown, again]),
      '/var/log/kern.log': `kernel: BUG: unable to handle page fault for address: ffffc90000000000\n${lines(500)}\nshutdown[9]: shutting down for system reboot\nkernel: Linux version 6.1.0\n`,
    }),
    'restart',
    'certain',
  ],
  [
    "Android's boot loader",
    machine({ '/proc/cmdline': 'androidboot.bootreason=watchdog x=1' }),
    'watchdog',
    'possible',
  ],
]

test('which ending, and how sure', async t => {
  for (const [name, system, ending, confidence] of cases) {
    await t.test(name, async () => {
      const verdict = await whyReboot(system, '/data')
      assert.equal(verdict.ending, ending, JSON.stringify(verdict.ranked.slice(0, 3), undefined, 1))
      if (name === "Android's boot loader") return
      if (name === 'nothing is known') assert.deepEqual(verdict.clues, [])
      assert.equal(verdict.confidence, confidence, JSON.stringify(verdict.ranked.slice(0, 3), undefined, 1))
    })
  }
})

test('a dump of another boot says nothing of the last one', async () => {
  const files = Object.fromEntries([...pstoreFilesOf('erst')].map(([name, bytes]) => [`/sys/fs/pstore/${name}`, bytes]))
  // They are dated now, days after the boot that is asked for.
  const system = machine({ ...files, '/var/log/wtmp': utmpBytes([boot, shutdown, again]) })
  const now = Date.now() / 1000
  for (const path of Object.keys(files)) utimesSync(system.path(path), now, now)
  const verdict = await whyReboot(system, '/data')
  assert.notEqual(verdict.ending, 'panic')
})

test("the agent's own record: begun once a boot, ended when the machine goes down", () => {
  const system = machine(
    {},
    { 'systemctl list-jobs': '12 reboot.target start waiting\n13 shutdown.target start waiting\n' },
  )
  recordBoot(system, '/data')
  recordBoot(system, '/data')
  assert.deepEqual(
    readBootRecords(system, '/data').map(({ bootId, began }) => [bootId, began]),
    [['now', '2026-11-20T10:10:00.000Z']],
  )
  recordEnd(system, '/data')
  const [record] = readBootRecords(system, '/data')
  assert.equal(record!.ending, 'restart')
  assert.equal(bootAt([record!], booted + 1), 'now')
  assert.equal(bootAt([record!], booted - 1), undefined)
  writeFileSync(
    system.path('/data/boots'),
    '{"bootId":"a","began":"2026-11-20T08:00:00Z","release":""}\n{"bootId":"b","beg',
  )
  recordBoot(system, '/data')
  assert.deepEqual(
    readBootRecords(system, '/data').map(({ bootId }) => bootId),
    ['a', 'now'],
  )
})

test('only the agent stops: the record says nothing of an end', () => {
  const system = machine({}, { 'systemctl list-jobs': '3 faultline.service stop running\n' })
  recordBoot(system, '/data')
  recordEnd(system, '/data')
  assert.equal(readBootRecords(system, '/data')[0]!.ended, undefined)
})

test('the record of the boot before', async () => {
  const record = (more: object): string =>
    `${JSON.stringify({ bootId: 'before', began: '2026-11-20T08:00:00Z', release: '6.1', ...more })}\n`
  const orderly = await whyReboot(
    machine({ '/data/boots': record({ ended: '2026-11-20T10:09:00Z', ending: 'halt' }) }),
    '/data',
  )
  assert.equal(orderly.ending, 'halt')
  assert.equal(orderly.bootId, 'before')
  const abrupt = await whyReboot(machine({ '/data/boots': record({}) }), '/data')
  assert.equal(abrupt.ending, 'power-loss')
  assert.equal(abrupt.confidence, 'possible')
})

test('an exception in the spool, of that boot alone', async () => {
  const record = `${JSON.stringify({ bootId: 'before', began: '2026-11-20T08:00:00Z', release: '6.1' })}\n`
  const system = machine({ '/data/boots': record })
  const excerpt = Buffer.from(panicked.slice(3))
  const spool = await Spool.open(system.path('/data/bundles'))
  const draft = (bootId: string) => ({
    report: decodeBytes(excerpt)[0]!,
    excerpt,
    origin: {
      source: 'kmsg',
      host: 'h',
      bootId,
      lost: 0,
      capturedAt: new Date(ended).toISOString(),
      endedBy: 'end' as const,
      agent: { version: 'x' },
    },
  })
  await spool.write(draft('now'))
  assert.equal((await whyReboot(system, '/data')).ending, 'power-loss')
  await spool.write(draft('before'))
  await spool.close()
  const { ending, title } = await whyReboot(system, '/data')
  assert.deepEqual([ending, title], ['panic', 'kernel panic: dumptest'])
})

test("the kernel module's record of a restart, harvested in this boot", async () => {
  const log = {
    name: 'restart-faultline-3',
    file: '0',
    digest: 'x',
    by: 'kernel',
    wall: new Date(ended).toISOString(),
    about: ['restart in a task: sh[9]', 'asked by reboot(2)'],
    bootId: 'before',
    damage: [],
    bundles: [],
  }
  const index = { schema: 'faultline.remains/1', store: 'window', from: '/dev/mem', bootId: 'now', logs: [log] }
  const system = machine({
    '/data/remains/a/index.json': JSON.stringify(index),
    '/data/remains/a/0': '[ 1.000001] quiet\n',
  })
  const { ending, clues } = await whyReboot(system, '/data')
  assert.equal(ending, 'restart')
  assert.equal(clues[0]!.what, 'the kernel module recorded: restart, asked by reboot(2)')
})

test('one line in three places counts once', () => {
  const clue = { says: ['oops'] as const, strength: 'weak' as const, what: 'the kernel reported x', from: 'a' }
  const [once, thrice] = [[clue], [clue, { ...clue, from: 'b' }, { ...clue, from: 'c' }]].map(rank)
  assert.deepEqual(
    once!.map(({ probability }) => probability),
    thrice!.map(({ probability }) => probability),
  )
})

test('a panic of the boot before the one that ended is not its end, however short the boots were', () => {
  const minute = 60_000
  const scene = {
    system: systemAt('/nonexistent'),
    data: '/x',
    earlierMs: 10 * minute,
    beganMs: 11 * minute,
    bootedMs: 12 * minute,
  }
  assert.deepEqual(
    [10.5, 10.99, 11.5, 12.1, 9].map(at => isOfScene(at * minute, scene)),
    [false, true, true, true, true],
  )
  // Nothing is known of the boot before it: dates may be off by as much as clocks are.
  assert.equal(isOfScene(10.5 * minute, { ...scene, earlierMs: undefined }), true)
})

/** What wtmpdb(8) has: boots with the time of their orderly end. */
function wtmpdbOf(boots: readonly { at: number; ended?: number }[]): Uint8Array {
  const file = join(mkdtempSync(join(tmpdir(), 'faultline-wtmpdb-')), 'wtmp.db')
  made.push(dirname(file))
  const database = new DatabaseSync(file)
  // lib/sqlite.c, add_entry()
  database.exec(
    'CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT',
  )
  const add = database.prepare("INSERT INTO wtmp (Type, User, Login, Logout, TTY) VALUES (?, ?, ?, ?, '~')")
  for (const { at, ended: end } of boots) add.run(1, 'reboot', at * 1000, end === undefined ? null : end * 1000)
  add.run(3, 'root', began * 1000 + 5e6, null)
  database.close()
  return readFileSync(file)
}

test('wtmpdb tells what wtmp tells, where that is kept', async () => {
  const path = '/var/lib/wtmpdb/wtmp.db'
  const verdict = async (files: Files) => whyReboot(machine(files), '/var/lib/faultline')
  const orderlyEnd = await verdict({ [path]: wtmpdbOf([{ at: began, ended }, { at: booted }]) })
  assert.ok(
    orderlyEnd.clues.some(({ what, at }) => /orderly shutdown/.test(what) && at === new Date(ended).toISOString()),
  )
  assert.equal(orderlyEnd.began, new Date(began).toISOString())
  const abruptEnd = await verdict({ [path]: wtmpdbOf([{ at: began }, { at: booted }]) })
  assert.ok(abruptEnd.clues.some(({ what }) => /no shutdown/.test(what)))
  // A wtmp that nothing writes to any more does not count.
  const old = { ...boot, at: began - 30 * 24 * 3600_000 }
  const both = { '/var/log/wtmp': utmpBytes([old]), [path]: wtmpdbOf([{ at: began, ended }, { at: booted }]) }
  assert.ok((await verdict(both)).clues.some(({ what }) => /orderly shutdown/.test(what)))
  assert.deepEqual((await verdict({ [path]: 'no database' })).clues, [])
})
