import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { compressionsDone } from '../rotation.ts'
import { parseRoute } from '../route.ts'
import { createRouter, type Router } from '../router.ts'
import { TestHost, testRecord } from '../testing.ts'

let folder: string
let host: TestHost
let router: Router

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faultline-route-'))
  host = new TestHost()
})
afterEach(async () => {
  const closing = router.close(1000)
  await host.pass(1000)
  await closing
  await rm(folder, { recursive: true, force: true })
})

const open = (...lines: string[]): void => {
  router = createRouter(
    lines.map(line => parseRoute(line.replaceAll('DIR', folder))),
    host,
  )
}
const say = (text: string): void => router.deliver(testRecord(text, { sinceBootUs: 1_234_567 }))
/** Until all that was said is written. */
const written = (): Promise<void> => host.until(() => router.stats()['queued'] === 0)
const lines = async (name: string): Promise<string[]> =>
  (await readFile(join(folder, name), 'utf8')).split('\n').slice(0, -1)
const texts = async (name: string): Promise<string[]> => (await lines(name)).map(line => line.replace(/^.*\] /, ''))

test('records of the selected priorities, as syslog writes them', async () => {
  open('kern.err DIR/sub/err.log', 'kern.* -DIR/all.log format=dmesg', 'user.* DIR/user.log')
  router.deliver(testRecord('sda: I/O error', { level: 3, sinceBootUs: 1_234_567, wall: '2026-11-29T06:04:16.5Z' }))
  router.deliver(testRecord('usb 1-1: new', { sinceBootUs: 2_000_001 }))
  await written()
  assert.match(
    (await lines('sub/err.log')).join(),
    /^Nov 29 \d\d:04:16 board kernel: \[ {4}1\.234567\] sda: I\/O error$/,
  )
  assert.deepEqual(await lines('all.log'), ['[    1.234567] sda: I/O error', '[    2.000001] usb 1-1: new'])
  assert.deepEqual(await readdir(folder), ['all.log', 'sub'])
  assert.equal((await stat(join(folder, 'all.log'))).mode & 0o777, 0o640)
  assert.deepEqual(router.stats(), { delivered: 3, lost: 0, queued: 0, failures: 0, down: 0 })
})

test('hostile text stays one line without controls', async () => {
  open('*.* DIR/log format=text')
  router.deliver(testRecord('a\nb\x1b[2Jc\u2028d'))
  await written()
  assert.equal((await lines('log')).length, 1)
  assert.doesNotMatch(await readFile(join(folder, 'log'), 'utf8'), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]/)
})

for (const [how, suffix, unpack] of [
  ['gzip', '.gz', gunzipSync],
  ['zstd', '.zst', zstdDecompressSync],
  ['no', '', (bytes: Buffer) => bytes],
] as const) {
  test(`rotated by size, compress=${how}: no line lost, the oldest removed`, async () => {
    open(`kern.* DIR/log format=text size=50 keep=3 compress=${how}`)
    for (let i = 0; i < 40; i++) {
      say(`line ${String(i).padStart(4, '0')}`)
      await written()
    }
    await compressionsDone()
    const names = (await readdir(folder)).sort()
    assert.deepEqual(names, ['log', `log.1${suffix}`, `log.2${suffix}`, `log.3${suffix}`])
    let all = ''
    for (const number of [3, 2, 1]) {
      all += unpack(await readFile(join(folder, `log.${number}${suffix}`))).toString()
    }
    all += await readFile(join(folder, 'log'), 'utf8')
    const numbers = all
      .trimEnd()
      .split('\n')
      .map(line => Number(line.slice(5)))
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, i) => 40 - numbers.length + i),
    )
    assert.ok(numbers.length > 15)
  })
}

test('rotated by age', async () => {
  host = new TestHost(Date.now())
  open('kern.* DIR/log format=text age=1h compress=no')
  say('old')
  await written()
  await host.pass(3_700_000)
  say('new')
  await written()
  assert.deepEqual([await texts('log.1'), await texts('log')], [['old'], ['new']])
})

test('a file that others moved away, or that is to be opened anew, is opened by its name again', async () => {
  open('kern.* DIR/log format=text')
  say('one')
  await written()
  await rename(join(folder, 'log'), join(folder, 'log.old'))
  say('two')
  await written()
  router.reopen()
  say('three')
  await written()
  await rename(join(folder, 'log'), join(folder, 'log.older'))
  await host.pass(2000)
  say('four')
  await written()
  assert.deepEqual(await texts('log.old'), ['one', 'two'])
  assert.deepEqual(await texts('log.older'), ['three'])
  assert.deepEqual(await texts('log'), ['four'])
})

test('a line that was cut off by a crash is ended before the next', async () => {
  await writeFile(join(folder, 'log'), 'whole\ntorn li')
  open('kern.* DIR/log format=text')
  say('next')
  await written()
  assert.deepEqual(await lines('log'), ['whole', 'torn li', 'next'])
})

test('what is no file is refused with what to do', async () => {
  await symlink('/dev/null', join(folder, 'null'))
  open('kern.* DIR/null', 'kern.* /proc/version/log')
  say('x')
  await host.until(() => host.told.length === 2)
  assert.match(host.told.join(), /null: is a device; those are reached under \/dev/)
  assert.match(host.told.join(), /a part of the path is no folder/)
  assert.equal(router.stats()['down'], 2)
})

/** Files whose writes go wrong as `fate` says: a number of bytes that there is room for, an error, or nothing ever. */
function withFate(fate: { room: number; write?: string | 'never'; sync?: string }): TestHost['files'] {
  const { open: openFile, ...others } = host.files
  const failing = (code: string): Error => Object.assign(new Error(code), { code })
  return {
    ...others,
    async open(...args: Parameters<typeof openFile>) {
      const handle = await openFile(...args)
      const write = handle.write.bind(handle) as (bytes: Buffer) => Promise<{ bytesWritten: number }>
      const datasync = handle.datasync.bind(handle)
      return Object.assign(handle, {
        write: async (bytes: Buffer | string) => {
          if (fate.write === 'never') return new Promise(() => {})
          if (fate.write !== undefined) throw failing(fate.write)
          if (fate.room === 0) throw failing('ENOSPC')
          const part = Buffer.from(bytes as Buffer).subarray(0, fate.room)
          fate.room -= part.length
          return write(part)
        },
        datasync: async () => {
          if (fate.sync !== undefined) throw failing(fate.sync)
          await datasync()
        },
      })
    },
  } as TestHost['files']
}

test('a full disk: what was written stays, the rest waits, and the line goes on where it broke off', async () => {
  const fate = { room: 25 }
  host.files = withFate(fate)
  open('kern.* DIR/log format=text')
  for (const text of ['first line', 'second line', 'third line']) say(text)
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /log: no space is left on the device/)
  assert.equal(await readFile(join(folder, 'log'), 'utf8'), 'first line\nsecond line\nth')
  fate.room = 1000
  await host.pass(2000)
  await written()
  assert.deepEqual(await lines('log'), ['first line', 'second line', 'third line'])
  assert.deepEqual(router.stats(), { delivered: 3, lost: 0, queued: 0, failures: 1, down: 0 })
})

test('a disk that fails while it syncs: what it may have lost is written again', async () => {
  const fate: { room: number; sync?: string } = { room: 10_000, sync: 'EIO' }
  host.files = withFate(fate)
  open('kern.* DIR/log format=text')
  say('precious')
  await host.until(() => host.told.length > 0)
  assert.match(host.told[0]!, /the device reports an error/)
  delete fate.sync
  await host.pass(2000)
  await written()
  assert.deepEqual(await lines('log'), ['precious', 'precious'])
})

test('a file system without sync is no trouble', async () => {
  host.files = withFate({ room: 10_000, sync: 'EINVAL' })
  open('kern.* DIR/log format=text')
  say('x')
  await written()
  assert.deepEqual([await lines('log'), host.told], [['x'], []])
})

test('a disk that never answers holds one route up, and not the others', async () => {
  const stuck = withFate({ room: 10_000, write: 'never' })
  const { files } = host
  host.files = {
    ...files,
    open: ((path: string, ...rest: []) =>
      (path.endsWith('stuck') ? stuck : files).open(path, ...rest)) as typeof files.open,
  }
  open('kern.* DIR/stuck format=text queue=10', 'kern.* DIR/good format=text')
  for (let i = 0; i < 50; i++) {
    say(`line ${i}`)
    await host.pass(1)
  }
  await host.until(() => router.status()[1]!.queued === 0)
  assert.equal((await lines('good')).length, 50)
  assert.ok(router.status()[0]!.lost >= 39)
})
