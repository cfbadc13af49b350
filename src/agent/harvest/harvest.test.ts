// What dead kernels left, on a machine that is a folder: read, joined, kept, erased; twice gives nothing new.

import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { deflateRawSync, gunzipSync, zstdCompressSync } from 'node:zlib'
import { imageOf, pstoreFilesOf } from '../../../tests/images.ts'
import { decodeBytes } from '../../core/decoder.ts'
import { decodableText } from '../../core/recover.ts'
import { readConfig } from '../config/read.ts'
import { systemAt } from '../system.ts'
import { Archive, digestOf } from './archive.ts'
import { byBoot } from './boots.ts'
import { type ExceptionSpool, type FoundException, harvest, type KnownException } from './harvest.ts'
import type { HarvestSettings } from './settings.ts'
import type { Remnant } from './store.ts'

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

type Files = Record<string, string | Uint8Array>

/** A machine with these files, in its second boot. */
function machine(files: Files) {
  const root = mkdtempSync(join(tmpdir(), 'faultline-harvest-'))
  made.push(root)
  put(root, { '/proc/sys/kernel/random/boot_id': 'boot-2\n', ...files })
  return root
}

function put(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

class MemorySpool implements ExceptionSpool {
  readonly bundles: (KnownException & { found: FoundException[] })[] = []
  failing = false
  async known() {
    return [...this.bundles]
  }
  async write(found: FoundException) {
    if (this.failing) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    const name = `bundle-${this.bundles.length}`
    this.bundles.push({ name, report: found.report, capturedMs: found.at.getTime(), found: [found] })
    return { name }
  }
  async attach(name: string, found: FoundException) {
    this.bundles.find(each => each.name === name)!.found.push(found)
  }
  get titles() {
    return this.bundles.map(({ report }) => report.title)
  }
}

const defaults = readConfig({ host: { read: () => undefined, list: () => [] } }).config.harvest

const run = (root: string, spool: ExceptionSpool, settings: Partial<HarvestSettings> = {}) =>
  harvest({ system: systemAt(root), spool, data: join(root, 'data'), settings: { ...defaults, ...settings } })

const pstoreFiles = (name: string): Files =>
  Object.fromEntries([...pstoreFilesOf(name)].map(([file, bytes]) => [`/sys/fs/pstore/${file}`, bytes]))
const left = (root: string): string[] => readdirSync(join(root, '/sys/fs/pstore'))

const lkdtm = 'BUG: unable to handle kernel NULL pointer dereference in lkdtm_EXCEPTION'
const dumptest = 'kernel panic: dumptest'

test('pstore: parts of dumps become one bundle for each exception, then the originals go', async () => {
  const root = machine(pstoreFiles('erst'))
  const spool = new MemorySpool()
  const result = await run(root, spool)
  assert.deepEqual(spool.titles, [lkdtm, dumptest])
  assert.deepEqual(result.troubles, [])
  assert.deepEqual(left(root), [])
  assert.equal(result.erased, pstoreFilesOf('erst').size)
  const [first] = spool.bundles[0]!.found
  assert.match(Buffer.from(first!.excerpt).toString(), /BUG: kernel NULL pointer dereference/)
  assert.equal(decodeBytes(first!.excerpt)[0]!.title, lkdtm)
  assert.ok(first!.context.length > first!.excerpt.length)
  assert.equal(new Archive(join(root, 'data')).all.length, 1)
})

test('twice gives nothing new, with originals that stay, and by another store', async () => {
  const files = pstoreFiles('erst')
  const root = machine(files)
  const spool = new MemorySpool()
  await run(root, spool, { erase: 'never' })
  assert.equal(left(root).length, pstoreFilesOf('erst').size)
  const again = await run(root, spool, { erase: 'never' })
  assert.deepEqual([again.fresh, again.written, again.joined, again.erased], [0, [], [], 0])
  // systemd-pstore moved them away in the meantime.
  const moved = Object.entries(files).map(([path, bytes]) => [
    path.replace('/sys/fs/pstore', '/var/lib/systemd/pstore/17953/001'),
    bytes,
  ])
  put(root, Object.fromEntries(moved))
  const third = await run(root, spool, { erase: 'never' })
  assert.deepEqual([third.fresh, third.written], [0, []])
  // The archive is lost: what is in the spool is recognised all the same.
  rmSync(join(root, 'data'), { recursive: true })
  const fourth = await run(root, spool)
  assert.deepEqual([fourth.written, fourth.joined.length], [[], 2])
  assert.equal(spool.bundles.length, 2)
})

test('one exception, one bundle: what was captured before the crash gets the evidence of after', async () => {
  const root = machine(pstoreFiles('erst'))
  const text = decodableText(
    [...pstoreFilesOf('erst')].map(([name, bytes]) => ({
      name,
      by: 'kernel' as const,
      offset: 0,
      text: bytes,
      damage: [],
    })),
  )
  const [live] = decodeBytes(text)
  const spool = new MemorySpool()
  spool.bundles.push({ name: 'live', report: live!, capturedMs: Date.now(), found: [] })
  const result = await run(root, spool)
  assert.deepEqual([result.joined, spool.titles], [['live'], [lkdtm, dumptest]])
  assert.match(spool.bundles[0]!.found[0]!.files[0]!.name, /^pstore-dmesg-erst-/)
})

test('a spool that cannot be written keeps the originals, and the next run has them', async () => {
  const root = machine(pstoreFiles('erst'))
  const spool = new MemorySpool()
  spool.failing = true
  const failed = await run(root, spool)
  assert.match(failed.troubles.join(), /kept where it is: ENOSPC/)
  assert.equal(left(root).length, pstoreFilesOf('erst').size)
  spool.failing = false
  assert.equal((await run(root, spool)).written.length, 2)
  assert.deepEqual(left(root), [])
})

test('an archive that cannot be written keeps the originals too, and no exception is written twice for it', async () => {
  const root = machine({ ...pstoreFiles('erst'), '/data/remains': 'a file in the way' })
  const spool = new MemorySpool()
  const failed = await run(root, spool)
  assert.match(failed.troubles.join(), /pstore erst: kept where it is/)
  assert.equal(left(root).length, pstoreFilesOf('erst').size)
  rmSync(join(root, 'data/remains'))
  const again = await run(root, spool)
  assert.deepEqual([again.written, spool.bundles.length, left(root)], [[], 2, []])
})

test('next-boot: the original goes when the machine has booted once more', async () => {
  const root = machine(pstoreFiles('erst'))
  const spool = new MemorySpool()
  await run(root, spool, { erase: 'next-boot' })
  await run(root, spool, { erase: 'next-boot' })
  assert.equal(left(root).length, pstoreFilesOf('erst').size)
  put(root, { '/proc/sys/kernel/random/boot_id': 'boot-3\n' })
  const later = await run(root, spool, { erase: 'next-boot' })
  assert.deepEqual([later.written, left(root)], [[], []])
})

test("EFI's NVRAM does not fill up: the oldest records go whatever the policy says", async () => {
  const body = (count: number) => `Oops#${count} Part1\n<4>[    ${count}.000000] nothing of note ${count}\n`
  const files = Object.fromEntries(
    [1, 2, 3, 4].map(n => [`/sys/fs/pstore/dmesg-efi_pstore-16669228610100${n}`, body(n)]),
  )
  const root = machine(files)
  for (const n of [1, 2, 3, 4]) utimesSync(join(root, `/sys/fs/pstore/dmesg-efi_pstore-16669228610100${n}`), n, n)
  const result = await run(root, new MemorySpool(), { erase: 'never', efiMostRecords: 3 })
  assert.deepEqual(
    left(root).map(name => name.at(-1)),
    ['2', '3', '4'],
  )
  assert.match(result.troubles.join(), /NVRAM is nearly full/)
})

test('dumps of two boots in one store are not mixed', async () => {
  const oops = (stamp: string) =>
    `<1>[${stamp}] BUG: kernel NULL pointer dereference, address: 0000000000000008\n<4>[${stamp}] RIP: 0010:first_${stamp.trim().slice(0, 1)}+0x1/0x2\n`
  const root = machine({
    '/sys/fs/pstore/dmesg-efi-100': `Oops#1 Part1\n${oops('    5.000001')}`,
    '/sys/fs/pstore/dmesg-efi-200': `Oops#1 Part1\n${oops('    7.000001')}`,
  })
  const spool = new MemorySpool()
  await run(root, spool)
  assert.equal(spool.bundles.length, 2)
})

test('the dump of an orderly restart is kept, and is no exception', async () => {
  const text = 'Shutdown#1 Part1\n<6>[   99.000001] reboot: Restarting system\n'
  const root = machine({ '/sys/fs/pstore/dmesg-ramoops-0': text })
  const spool = new MemorySpool()
  await run(root, spool)
  assert.deepEqual(spool.titles, [])
  assert.deepEqual(left(root), [])
  const { folder, index } = new Archive(join(root, 'data')).all[0]!
  assert.equal(readFileSync(join(folder, index.logs[0]!.file), 'utf8'), text)
})

test('what the kernel could not decompress is read: deflate, zstd, lz4', async () => {
  const [text] = [...pstoreFilesOf('pstore-blk').values()]
  const literals = Buffer.concat([lz4Literals(text!.subarray(0, 40_000))])
  const forms = { 1: deflateRawSync(text!), 2: zstdCompressSync(text!), 3: literals }
  for (const [id, bytes] of Object.entries(forms)) {
    const root = machine({ [`/sys/fs/pstore/dmesg-ramoops-${id}.enc.z`]: bytes })
    const spool = new MemorySpool()
    await run(root, spool)
    assert.equal(spool.bundles.length, 1, id)
    const archived = readdirSync(join(root, 'data/remains')).find(name => !name.startsWith('.'))!
    assert.ok(readdirSync(join(root, 'data/remains', archived)).some(name => name.endsWith('.original')))
  }
})

/** An lz4 block of nothing but literals. */
function lz4Literals(bytes: Uint8Array): Buffer {
  const lengths: number[] = []
  let left = bytes.length - 15
  for (; left >= 255; left -= 255) lengths.push(255)
  return Buffer.concat([Uint8Array.of(0xf0, ...lengths, left), bytes])
}

test('a store that names boots is believed, and a record without a log is kept', () => {
  const log = (name: string, bootId: string | undefined, text: string): Remnant => ({
    name,
    by: 'kernel',
    offset: 0,
    text: Buffer.from(text),
    damage: [],
    ...(bootId === undefined ? {} : { bootId }),
  })
  const boots = byBoot([
    log('a', 'one', 'x'),
    log('b', 'two', 'y'),
    log('c', 'one', 'z'),
    log('console-ramoops-0', undefined, 'w'),
  ])
  assert.deepEqual(
    boots.map(each => each.map(({ name }) => name)),
    [['a', 'c'], ['b'], ['console-ramoops-0']],
  )
  const empty = { text: new Uint8Array(0) }
  assert.notEqual(digestOf({ ...empty, about: ['oops'] }), digestOf({ ...empty, about: ['panic'] }))
})

test('records of machine checks are left to rasdaemon where that is installed', async () => {
  const record = { '/sys/fs/pstore/mce-erst-7163286974713823234': 'binary' }
  const alone = machine(record)
  await run(alone, new MemorySpool())
  assert.deepEqual(left(alone), [])
  const shared = machine({ ...record, '/usr/sbin/rasdaemon': '' })
  await run(shared, new MemorySpool())
  assert.equal(left(shared).length, 1)
})

test('pmsg and ftrace go with the exception, whatever is in them', async () => {
  const root = machine({
    ...pstoreFiles('ramoops-ecc'),
    '/sys/fs/pstore/pmsg-ramoops-0': Uint8Array.of(0, 1, 2, 0x1b, 255),
    '/sys/fs/pstore/ftrace-ramoops-0': '0 ffffffff81000000  ffffffff81000010  f <- g\n',
    '/sys/fs/pstore/not a record': 'x',
  })
  const spool = new MemorySpool()
  await run(root, spool)
  assert.ok(spool.bundles.length > 0)
  const names = spool.bundles[0]!.found[0]!.files.map(({ name }) => name)
  assert.ok(names.includes('pstore-pmsg-ramoops-0') && names.includes('pstore-ftrace-ramoops-0'), names.join())
  assert.deepEqual(left(root), ['not a record'])
})

test('raw memory, flash, disks and windows that the configuration names', async () => {
  const window = Buffer.concat([
    Buffer.from('LOGB'),
    Uint8Array.of(10, 0, 0, 0),
    // A ring that has wrapped: the text goes on at 10.
    Buffer.from('ing: at 0\nkernel BUG at mm/slub.c:42!\nwarn'),
  ])
  const root = machine({
    '/images/ramoops': imageOf('ramoops-deflate'),
    '/images/oops': imageOf('mtdoops'),
    '/images/disk': imageOf('pstore-blk'),
    '/dev/nvram0': window,
  })
  const spool = new MemorySpool()
  const result = await run(root, spool, {
    ramoops: ['/images/ramoops'],
    mtdoops: ['/images/oops'],
    pstoreBlk: ['/images/disk'],
    window: ['/dev/nvram0,0,52,ring:position=4,header=8,magic=0:4c4f4742', '/dev/nvram0,0,x,text', '/gone,0,1K,text'],
  })
  const sources = new Set(spool.bundles.map(({ found }) => found[0]!.source))
  assert.deepEqual([...sources].sort(), ['mtdoops', 'pstore-blk', 'ramoops-region', 'window'])
  const ofWindow = spool.bundles.find(({ found }) => found[0]!.source === 'window')
  assert.match(ofWindow?.report.text ?? '', /^kernel BUG at mm\/slub\.c:42!/)
  assert.match(result.troubles.join('\n'), /Window=\/dev\/nvram0,0,x,text: expected PATH,OFFSET,BYTES/)
  assert.match(result.troubles.join('\n'), /\/gone at 0x0: cannot be read \(ENOENT\)/)
  assert.deepEqual((await run(root, spool, { ramoops: ['/images/ramoops'], mtdoops: ['/images/oops'] })).written, [])
})

test('a ramoops region that the command line or the device tree tells of, unless its driver is loaded', async () => {
  const image = imageOf('ramoops-deflate')
  const memory = Buffer.alloc(0x2000 + image.length)
  memory.set(image, 0x2000)
  const told = {
    '/dev/mem': memory,
    '/proc/cmdline': `x ramoops.mem_address=0x2000 ramoops.mem_size=${image.length} y`,
  }
  const spool = new MemorySpool()
  await run(machine(told), spool)
  assert.equal(spool.bundles.length, 2)
  const reg = Buffer.alloc(8)
  reg.writeUInt32BE(0x2000, 0)
  reg.writeUInt32BE(image.length, 4)
  const node = '/proc/device-tree/reserved-memory/ramoops@2000'
  const tree = { '/dev/mem': memory, [`${node}/compatible`]: 'ramoops\0', [`${node}/reg`]: reg }
  const second = new MemorySpool()
  await run(machine(tree), second)
  assert.equal(second.bundles.length, 2)
  const loaded = new MemorySpool()
  await run(machine({ ...told, '/sys/module/ramoops/parameters/mem_size': '1' }), loaded)
  assert.equal(loaded.bundles.length, 0)
})

test("kdump's folders as the distributions lay them out", async () => {
  const log = Buffer.from('[   12.000001] Kernel panic - not syncing: sysrq triggered crash\n')
  const root = machine({
    '/var/crash/127.0.0.1-2026-11-20-10:00:00/vmcore-dmesg.txt': log,
    '/var/crash/202611211000/dmesg.202611211000': Buffer.from(log.toString().replace('12.000001', '13.000001')),
    '/var/crash/202611211000/dump.202611211000': 'no dump',
    '/var/crash/2026-11-22-10:00/vmcore': gunzipSync(
      readFileSync(join(import.meta.dirname, '../../../fixtures/images/vmcore/arm64.elf.gz')),
    ),
    '/var/crash/kexec_cmd': 'kexec -p',
    '/var/crash/empty/vmcore-incomplete': '',
  })
  const spool = new MemorySpool()
  const result = await run(root, spool)
  assert.equal(spool.bundles.filter(({ report }) => report.kind === 'panic').length >= 2, true, spool.titles.join())
  assert.ok(existsSync(join(root, '/var/crash/2026-11-22-10:00/vmcore')))
  assert.equal((await run(root, spool)).fresh, 0)
  assert.equal(result.erased, 0)
})

test('the archive stays within its bound, and what left it is still known', async () => {
  const root = machine({})
  const spool = new MemorySpool()
  for (const n of [1, 2, 3]) {
    rmSync(join(root, '/sys/fs/pstore'), { recursive: true, force: true })
    put(root, { '/sys/fs/pstore/console-ramoops-0': `[    ${n}.0] quiet\n${'x'.repeat(60_000)}\n` })
    await run(root, spool, { erase: 'never', archiveSize: 70_000 })
  }
  const archive = new Archive(join(root, 'data'))
  assert.equal(archive.all.length, 1)
  put(root, { '/sys/fs/pstore/console-ramoops-0': `[    1.0] quiet\n${'x'.repeat(60_000)}\n` })
  assert.equal((await run(root, spool, { erase: 'never' })).fresh, 0)
})

test('what systemd-pstore put into the journal is harvested, where the configuration says that it does', async () => {
  const entries = [...pstoreFilesOf('erst')].map(([name, bytes]) =>
    JSON.stringify({
      MESSAGE: `PStore ${name}.`,
      FILE: name.endsWith('1') ? [...bytes] : Buffer.from(bytes).toString(),
    }),
  )
  const others = [
    JSON.stringify({ MESSAGE: 'Finished systemd-pstore.service.' }),
    '{',
    JSON.stringify({ MESSAGE: 'PStore x.' }),
  ]
  const asked: string[] = []
  const harvested = async (files: Files): Promise<string[]> => {
    const root = machine(files)
    const spool = new MemorySpool()
    const program = (name: string, args: readonly string[]) => {
      asked.push(`${name} ${args.join(' ')}`)
      return { status: 0, out: [...entries, ...others].join('\n'), complaint: '' }
    }
    const system = { ...systemAt(root), run: program }
    const result = await harvest({ system, spool, data: join(root, 'data'), settings: defaults })
    assert.deepEqual(result.troubles, [])
    return spool.titles
  }
  const main = { '/etc/systemd/pstore.conf': '[PStore]\n#Storage=journal\nStorage=journal\n' }
  assert.deepEqual((await harvested(main)).sort(), [lkdtm, dumptest].sort())
  assert.ok(asked.some(line => line.startsWith('journalctl -b -u systemd-pstore.service')))
  const dropIn = { ...main, '/run/systemd/pstore.conf.d/10.conf': '[PStore]\nStorage=external\n' }
  assert.deepEqual(await harvested(dropIn), [])
  assert.deepEqual(await harvested({}), [])
})
