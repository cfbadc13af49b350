// The spool against real deaths and real disks: processes killed at every call, a disk that is full, one that is mounted
// read-only, agents that start at the same time.

import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import { Haven } from '../../src/agent/bundles/haven.ts'
import type { LockWay } from '../../src/agent/bundles/lock.ts'
import { Spool } from '../../src/agent/bundles/spool.ts'
import { nodeHost } from '../../src/agent/host.ts'
import { audit, live } from '../agent/spool-life.ts'
import { sampleDraft } from '../samples/drafts.ts'

const agent = join(dirname(import.meta.dirname), 'agent')
const node = ['--disable-warning=ExperimentalWarning']
const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-spool-'))
const mounts: string[] = []
after(() => {
  for (const mount of mounts) spawnSync('umount', ['-l', mount])
  rmSync(base, { recursive: true })
})
const run = promisify(execFile)

/** Bundled, since hundreds are started: the type checker's stripping would be most of the work. */
const liveAndDie = join(base, 'live-and-die.mjs')
const sample = join(base, 'sample.json')
buildSync({
  entryPoints: [join(agent, 'live-and-die.ts')],
  outfile: liveAndDie,
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['koffi'],
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  },
})
const env = { ...process.env, NODE_PATH: join(dirname(dirname(import.meta.dirname)), 'node_modules') }
const { report, excerpt, origin } = sampleDraft()
writeFileSync(sample, JSON.stringify({ report, origin, excerpt: Buffer.from(excerpt).toString() }))

/** The child's life until its `at`-th call; whether it came to its end. */
async function killedAt(at: number, tear: boolean): Promise<boolean> {
  const outside = join(base, `kill-${at}-${tear}`)
  const path = join(outside, 'bundles')
  mkdirSync(outside)
  writeFileSync(join(outside, 'other'), 'of others')
  const args = [liveAndDie, path, String(at), tear ? '1' : '0', sample]
  const { out, signal } = await run(process.execPath, args, { env }).then(
    ({ stdout }) => ({ out: stdout, signal: undefined }),
    (error: { stdout: string; signal: string }) => ({ out: error.stdout, signal: error.signal }),
  )
  assert.ok(signal === undefined || signal === 'SIGKILL', String(signal))
  const kept = new Map(
    out
      .split('\n')
      .filter(Boolean)
      .map(line => [Number(line.split(' ')[0]), line.split(' ')[1]!]),
  )
  // Before the first write there is no spool to look at.
  if (existsSync(path)) await audit(path, kept)
  const again = new Map<number, string>()
  await live(path, nodeHost, sampleDraft(), (first, name) => again.set(first, name), kept)
  assert.deepEqual((await audit(path, again)).slice(-1), [500])
  assert.deepEqual(readdirSync(outside).sort(), ['bundles', 'other'])
  rmSync(outside, { recursive: true })
  return signal === undefined
}

for (const [tear, stride] of [
  [false, 1],
  [true, 3],
] as const) {
  test(`processes killed at ${tear ? 'each third' : 'every'} call${tear ? ', in the middle of a write' : ''}`, async context => {
    let next = 1
    let last = Number.POSITIVE_INFINITY
    const work = async (): Promise<void> => {
      while (next < last) {
        const at = next
        next += stride
        if (await killedAt(at, tear)) last = Math.min(last, at)
      }
    }
    await Promise.all([work(), work()])
    context.diagnostic(`${Math.floor(last / stride)} deaths`)
    assert.ok(last > 300, `only ${last} calls`)
  })
}

for (const way of ['flock', 'flock-command', 'file'] as LockWay[]) {
  test(`of agents that start together one has the spool (${way})`, async context => {
    if (way === 'flock-command' && spawnSync('flock', ['--version']).status !== 0)
      return context.skip('no flock(1) here')
    const path = join(base, `lock-${way}`)
    // A holder that was killed, and whose number another process may have by now.
    mkdirSync(path, { mode: 0o700 })
    writeFileSync(join(path, '.lock.owner'), JSON.stringify({ pid: process.pid, started: '1', bootId: 'another' }))
    const all = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, [...node, join(agent, 'take-lock.ts'), path, way])
      let out = ''
      child.stdout.on('data', piece => {
        out += String(piece)
      })
      return new Promise<string>(resolve => child.on('close', () => resolve(out)))
    })
    const said = await Promise.all(all)
    assert.ok(
      said.every(each => each === 'got\nend\n' || each === 'HELD\n'),
      said.join('|'),
    )
    assert.ok(said.some(each => each.startsWith('got')))
    // Whoever comes later finds it free again.
    await (await Spool.open(path, { lockWays: [way] })).close()
  })
}

/** A file system of this size; undefined where this process may not mount. */
function mounted(name: string, size: string): string | undefined {
  const folder = join(base, name)
  mkdirSync(folder, { mode: 0o700 })
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'faultline-test', folder])
  if (status !== 0) return undefined
  mounts.push(folder)
  return folder
}

test('a disk that is full: the oldest makes room, and what does not fit is refused in words', async context => {
  const folder = mounted('full', '1m')
  if (folder === undefined) return context.skip('needs root, to mount a small tmpfs')
  const spool = await Spool.open(join(folder, 'bundles'))
  const excerpt = Buffer.alloc(20_000, 'x')
  for (let index = 0; index < 60; index++) await spool.write(sampleDraft({ excerpt }))
  const names = await spool.list()
  assert.ok(names.length >= 9 && names.length < 60, String(names.length))
  assert.equal(names.at(-1)!.sequence, 60)
  for (const { name } of names) assert.deepEqual(await spool.verify(name), [])
  const { list, earlier } = await spool.removals()
  assert.equal(list.length + earlier + names.length, 60)
  const tooBig = spool.write(sampleDraft({ excerpt: Buffer.alloc(2_000_000, 'x') }))
  await assert.rejects(tooBig, /no space is left on its file system\. Free some/)
  await spool.close()
  assert.deepEqual(
    readdirSync(join(folder, 'bundles')).filter(name => name.startsWith('.new-')),
    [],
  )
})

test('a disk that another has filled: refused, and kept once there is room', async context => {
  const folder = mounted('filled', '1m')
  if (folder === undefined) return context.skip('needs root, to mount a small tmpfs')
  const spool = await Spool.open(join(folder, 'bundles'))
  const kept = await spool.write(sampleDraft())
  spawnSync('dd', ['if=/dev/zero', `of=${folder}/other`, 'bs=1k'])
  await assert.rejects(spool.write(sampleDraft({ excerpt: Buffer.alloc(50_000, 'x') })), /no space is left/)
  rmSync(join(folder, 'other'))
  await spool.write(sampleDraft())
  assert.deepEqual(await spool.verify(kept.name), [])
  assert.equal((await spool.list()).length, 2)
  await spool.close()
})

test('a disk that goes read-only under the agent, as after an error: kept in memory, and moved later', async context => {
  const folder = mounted('readonly', '8m')
  if (folder === undefined) return context.skip('needs root, to mount a small tmpfs')
  const spool = await Spool.open(join(folder, 'bundles'))
  const said: string[] = []
  const haven = new Haven({
    main: async () => spool,
    elsewhere: join(base, 'run', 'bundles'),
    collect: undefined,
    say: message => said.push(message),
  })
  await haven.write(sampleDraft())
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', folder]).status, 0)
  assert.equal((await haven.write(sampleDraft())).where, 'elsewhere')
  assert.match(said[0]!, /its file system is read-only\. Mount it writable/)
  assert.equal(spawnSync('mount', ['-o', 'remount,rw', folder]).status, 0)
  await haven.resume()
  assert.equal((await spool.list()).length, 2)
  await haven.close()
  await spool.close()
})

test('a spool that is unmounted under the agent: the folder below takes over, numbers go on', async context => {
  const folder = mounted('unmounted', '8m')
  if (folder === undefined) return context.skip('needs root, to mount a small tmpfs')
  const spool = await Spool.open(join(folder, 'bundles'))
  await spool.write(sampleDraft())
  assert.equal(spawnSync('umount', ['-l', folder]).status, 0)
  const { name, path } = await spool.write(sampleDraft())
  assert.match(name, /-000002-/)
  assert.ok(existsSync(join(path, 'sha256sums')))
  await spool.close()
})
