// Collectors: what they print is there, whatever they do; and they are gone afterwards with all that they started.

import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleDraft } from '../../../tests/samples/drafts.ts'
import { Spool } from '../bundles/spool.ts'
import { readConfig } from '../config/read.ts'
import { nodeHost } from '../host.ts'
import type { CollectIndex } from './collection.ts'
import { Collections } from './collections.ts'
import { commandOf } from './collector.ts'
import { findCollectors } from './found.ts'
import { builtInCollectors } from './index.ts'
import { Throttle } from './throttle.ts'

const base = mkdtempSync(join(tmpdir(), 'faultline-collectors-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

type Overrides = Record<string, string | string[]>

/** A folder of executables. */
function scripts(files: Record<string, string>): string {
  const folder = join(base, String(count++))
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

const noBuiltIns = { 'Collect.Skip': builtInCollectors.map(({ name }) => name).join(' ') }

/** Collects once for a bundle; gives its folder and index. */
async function collected(folder: string | undefined, overrides: Overrides = noBuiltIns, stopAfterMs?: number) {
  const all = { ...overrides, 'Collect.Folder': folder ?? '' }
  const { config } = readConfig({ files: [], overrides: all })
  const spool = await Spool.open(join(base, String(count++)))
  const { name, path } = await spool.write(sampleDraft())
  const collections = new Collections({ settings: config.collect, bootId: undefined, host: nodeHost })
  const said: string[] = []
  collections.begin(spool, name, sampleDraft(), message => said.push(message))
  if (stopAfterMs === undefined) await collections.idle()
  else {
    await sleep(stopAfterMs)
    await collections.close()
  }
  assert.deepEqual(said, [])
  assert.deepEqual(await spool.verify(name), [])
  await spool.close()
  const index = JSON.parse(readFileSync(join(path, 'collect', 'index.json'), 'utf8')) as CollectIndex
  const text = (file: string): string => readFileSync(join(path, 'collect', file), 'latin1')
  return { index, text, files: readdirSync(join(path, 'collect')), path }
}

const alive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

test('the built-in ones bring what this machine has', async () => {
  const { index, text } = await collected(undefined, {})
  assert.deepEqual(
    index.collectors.map(({ name }) => name),
    builtInCollectors.map(({ name }) => name),
  )
  for (const each of index.collectors) assert.ok(each.exit !== undefined || each.signal !== undefined, each.name)
  assert.match(text('meminfo.txt'), /^==> \/proc\/meminfo <==\nMemTotal:/)
  assert.match(text('cmdline.txt'), /==> \/proc\/version <==\nLinux version/)
  assert.match(text('interrupts.txt'), /CPU0/)
  assert.match(text('vmstat.txt'), /nr_free_pages/)
  assert.match(text('mounts.txt'), /==> \/proc\/self\/mountinfo <==\n/)
  assert.match(text('ps.txt'), /COMM/i)
})

test('every script is one that a POSIX shell reads', async () => {
  const { spawnSync } = await import('node:child_process')
  for (const { name, run } of builtInCollectors) {
    const [shell, option, script] = commandOf(run)
    if (option !== '-c') continue
    const { status, stderr } = spawnSync(shell!, ['-n', '-c', script!], { encoding: 'utf8' })
    assert.equal(status, 0, `${name}: ${stderr}`)
  }
})

test('an executable gets a clean environment and a folder of its own; what it leaves there is kept', async () => {
  process.env['FAULTLINE_SECRET'] = 'do not pass on'
  const { index, text, files } = await collected(
    scripts({ show: 'env; pwd; echo left >note.txt; ln -s /etc/passwd link; mkdir deep; echo err >&2; exit 3' }),
  )
  const show = index.collectors[0]
  assert.equal(show!.exit, 3)
  assert.deepEqual(show!.left, ['show.note.txt'])
  assert.equal(text('show.note.txt'), 'left\n')
  const lines = text('show.txt').trim().split('\n')
  const names = lines.filter(line => line.includes('=')).map(line => line.split('=')[0]!)
  const own = ['FAULTLINE_BUNDLE', 'FAULTLINE_FINGERPRINT', 'FAULTLINE_KIND', 'FAULTLINE_SEVERITY']
  // PWD, OLDPWD, SHLVL and _ are the shell's.
  const expected = [...own, 'HOME', 'LC_ALL', 'PATH', 'TMPDIR']
  assert.deepEqual(names.filter(name => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort(), expected)
  assert.match(text('show.txt'), /\/\.collect\/show\.txt\.work\nerr\n$/)
  assert.deepEqual(files.sort(), ['index.json', 'sha256sums', 'show.note.txt', 'show.txt'])
})

test('one that takes too long is ended with all that it started; what it printed is kept', async () => {
  const pids = join(base, 'pids')
  const begun = performance.now()
  const { index, text } = await collected(
    scripts({
      slow: `echo before\nsleep 1000 & echo $! >${pids}\n(trap '' TERM HUP; sleep 1000) & echo $! >>${pids}\nwait`,
    }),
    { ...noBuiltIns, 'Collect.Timeout': '300ms' },
  )
  const slow = index.collectors[0]
  assert.equal(slow!.timedOut, true)
  assert.equal(slow!.signal, 'SIGKILL')
  assert.equal(text('slow.txt'), 'before\n')
  assert.ok(performance.now() - begun < 5000)
  await sleep(50)
  for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) assert.ok(!alive(Number(pid)), `${pid} lives`)
})

test('one that leaves a child with its output open is not waited for', async () => {
  const pids = join(base, 'left-pids')
  const { index } = await collected(scripts({ leaver: `sleep 1000 & echo $! >${pids}` }))
  assert.equal(index.collectors[0]?.exit, 0)
  assert.ok((index.collectors[0]?.durationMs ?? 1e9) < 3000)
  await sleep(50)
  assert.ok(!alive(Number(readFileSync(pids, 'utf8'))))
})

test('one that prints without end is cut at the limit', async () => {
  const { index, text } = await collected(scripts({ yes: 'exec yes 0123456' }), {
    ...noBuiltIns,
    'Collect.MaxOutput': '64K',
  })
  assert.equal(index.collectors[0]!.truncated, true)
  assert.equal(index.collectors[0]!.sizeBytes, 65536)
  assert.equal(text('yes.txt').length, 65536)
})

test('all together are cut at their limit', async () => {
  const many = Object.fromEntries([1, 2, 3, 4].map(each => [`c${each}`, 'head -c 40000 /dev/zero']))
  const { index } = await collected(scripts(many), { ...noBuiltIns, 'Collect.MaxTotal': '100K' })
  const total = index.collectors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  assert.ok(total <= 102_400 && total >= 80_000, String(total))
})

test('names with blanks, line breaks and worse are names', async () => {
  const names = ['with blank', 'line\nbreak', '$(id)', '-rf', 'é"\'', 'index.json', '\u001b[31mred']
  const { index, files } = await collected(scripts(Object.fromEntries(names.map(name => [name, 'echo "$0"']))))
  assert.deepEqual(index.collectors.map(({ name }) => name).sort(), [...names].sort())
  for (const each of index.collectors) assert.equal(each.exit, 0, JSON.stringify(each))
  for (const file of files) assert.match(file, /^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  assert.equal(files.length, names.length + 2)
})

test('what another could have put there is not run, and said', async () => {
  const folder = scripts({
    good: 'echo good',
    loose: 'echo loose',
    plain: 'echo plain',
    '.hidden': '',
    'old.dpkg-old': '',
  })
  chmodSync(join(folder, 'loose'), 0o777)
  chmodSync(join(folder, 'plain'), 0o644)
  const elsewhere = scripts({ evil: `touch ${base}/ran` })
  symlinkSync(join(elsewhere, 'evil'), join(folder, 'link'))
  mkdirSync(join(folder, 'folder'))
  const { index } = await collected(folder)
  assert.deepEqual(
    index.collectors.map(({ name }) => name),
    ['good'],
  )
  assert.deepEqual(
    index.refused.map(({ name }) => name),
    ['folder', 'link', 'loose', 'plain'],
  )
  assert.ok(!existsSync(join(base, 'ran')))
  chmodSync(folder, 0o777)
  const { refused } = await findCollectors(nodeHost, [folder])
  assert.match(refused[0]!.why, /can be written by others/)
  const link = join(base, 'linked.d')
  symlinkSync(elsewhere, link)
  assert.equal((await findCollectors(nodeHost, [link])).collectors.length, 0)
})

test('they run a few at a time', async () => {
  const log = join(base, 'log')
  const script = `echo + >>${log}; sleep 0.2; echo - >>${log}`
  await collected(scripts({ a: script, b: script, c: script, d: script }), {
    ...noBuiltIns,
    'Collect.Concurrency': '2',
  })
  let running = 0
  let most = 0
  for (const line of readFileSync(log, 'utf8').trim().split('\n'))
    most = Math.max(most, (running += line === '+' ? 1 : -1))
  assert.equal(most, 2)
})

test('an agent that ends in the middle keeps what there is, and says so', async () => {
  const { index, text } = await collected(
    scripts({ a: 'echo begun; sleep 1000', b: 'echo b' }),
    { ...noBuiltIns, 'Collect.Concurrency': '1' },
    400,
  )
  assert.equal(index.interrupted, true)
  assert.equal(text('a.txt'), 'begun\n')
  assert.deepEqual(
    index.collectors.map(({ interrupted }) => interrupted),
    [true, true],
  )
})

test('what a killed agent’s collection had so far is given its name at the next start', async () => {
  const path = join(base, 'killed')
  const spool = await Spool.open(path)
  const { name, path: bundle } = await spool.write(sampleDraft())
  await spool.close()
  mkdirSync(join(bundle, '.collect', 'ps.txt.work'), { recursive: true })
  writeFileSync(join(bundle, '.collect', 'meminfo.txt'), 'MemTotal: 1')
  symlinkSync('/etc/passwd', join(bundle, '.collect', 'link'))
  const again = await Spool.open(path)
  assert.deepEqual(await again.verify(name), [])
  assert.deepEqual(readdirSync(join(bundle, 'collect')).sort(), ['index.json', 'meminfo.txt', 'sha256sums'])
  const index = JSON.parse(new TextDecoder().decode(await again.bytes(name, 'collect/index.json'))) as CollectIndex
  assert.equal(index.interrupted, true)
  await again.close()
})

test('not twice for one storm: by fingerprint, and over all', () => {
  const throttle = new Throttle({ any: 60_000, same: 3_600_000 })
  assert.equal(throttle.instead('a', 0), undefined)
  throttle.collected('a', 'first', 0)
  assert.equal(throttle.instead('a', 10), 'first')
  assert.equal(throttle.instead('b', 59_999), 'first')
  assert.equal(throttle.instead('b', 60_000), undefined)
  throttle.collected('b', 'second', 60_000)
  assert.equal(throttle.instead('a', 3_599_999), 'first')
  assert.equal(throttle.instead('a', 3_600_000), undefined)
  for (let each = 0; each < 5000; each++) throttle.collected(`c${each}`, 'many', 4_000_000)
  assert.equal(throttle.instead('c4999', 4_100_000), 'many')
  assert.equal(throttle.instead('c0', 4_100_000), undefined)
})
