// What is installed elsewhere: the file for a board, alone; the configuration, the units and scripts of the package. The
// package itself is tried in a guest: tests/slow/package.test.ts.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from '../src/agent/config/read.ts'
import { buildBoard } from '../tools/package/board.ts'
import { configText } from '../tools/package/config-text.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'faultline-package-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const log = join(root, 'bench/reports/x86_64-fl-bug.txt')

test('one file and Node do, with nothing beside them', async () => {
  const built = await buildBoard(root, join(folder, 'built'))
  const alone = join(folder, 'alone')
  mkdirSync(alone)
  copyFileSync(built, join(alone, 'faultline.mjs'))
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(alone, 'faultline.mjs'), ...args], { encoding: 'utf8', env: {}, cwd: alone })
  const decoded = run('decode', '--summary', log)
  assert.match(decoded.stdout, /kernel BUG in fl_bug/, decoded.stderr)
  assert.deepEqual([decoded.status, decoded.stderr], [0, ''])
  const json = JSON.parse(run('decode', '--json', log).stdout)
  assert.equal(json.kind, 'bug-on')
  const data = join(folder, 'data')
  assert.equal(run('recover', '--data', data, log).status, 1)
  assert.match(run('doctor').stdout, /\d+ good, \d+ advised, \d+ to mend/)
  assert.match(run('--version').stdout, /^\d+\.\d+\.\d+\n$/)
  assert.deepEqual(readdirSync(alone), ['faultline.mjs'])
})

test('the configuration of the package says the defaults, and nothing in it is in force', () => {
  const text = configText()
  const read = (config: string) =>
    readConfig({ host: { read: () => Buffer.from(config), list: () => [] }, files: ['/x'] })
  const defaults = readConfig({ host: { read: () => undefined, list: () => [] } }).config
  assert.deepEqual(read(text), { ...read(text), config: defaults, problems: [] })
  // Without its comment signs it says the same.
  const said = read(text.replaceAll(/^#(?=[A-Z]\w*=)/gm, ''))
  assert.deepEqual(said.problems, [])
  assert.deepEqual(said.config, defaults)
})

test('shell scripts are shell, units are units', t => {
  for (const path of globSync('packaging/{debian,sysvinit,busybox}/*', { cwd: root })) {
    const { status, stderr } = spawnSync('sh', ['-n', join(root, path)], { encoding: 'utf8' })
    assert.equal(status, 0, `${path}: ${stderr}`)
  }
  for (const path of globSync('packaging/systemd/*.service', { cwd: root })) {
    const section = new Set<string>()
    for (const line of readFileSync(join(root, path), 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      assert.match(line, /^(?:\[(?:Unit|Service|Install)\]|[A-Z]\w+=.*)$/, path)
      if (line.startsWith('[')) section.add(line)
    }
    assert.equal(section.size, 3, path)
  }
  const verified = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', ...globSync('packaging/systemd/*.service', { cwd: root })],
    { cwd: root, encoding: 'utf8' },
  )
  if (verified.error) return t.diagnostic('systemd-analyze is not there; units were not verified by it')
  const complaints = verified.stderr
    .split('\n')
    .filter(line => line.includes('packaging/') && !/is not executable|No such file/.test(line))
  assert.deepEqual(complaints, [])
})

/** An init script with its places below a folder, and a program that only waits instead of the agent. */
function initScript(path: string): {
  run: (...args: string[]) => { status: number | null; output: string }
  log: string
} {
  const home = mkdtempSync(join(folder, 'init-'))
  const log = join(home, 'log')
  const daemon = join(home, 'daemon')
  const waiting = `#!/bin/sh\ntrap 'echo TERM >>${log}; exit 0' TERM\ntrap 'echo HUP >>${log}' HUP\necho "$@" >>${log}\nwhile :; do sleep 0.05; done\n`
  writeFileSync(daemon, waiting, { mode: 0o755 })
  const text = readFileSync(join(root, path), 'utf8')
    .replace('/usr/bin/faultline', daemon)
    .replace('/usr/bin/node', daemon)
    .replaceAll('/run/faultline', join(home, 'run'))
    .replaceAll('/var/lib/faultline', join(home, 'data'))
    .replaceAll('/sys/fs/pstore', join(home, 'none'))
    .replaceAll('/etc/default/', join(home, 'default-'))
  const script = join(home, 'script')
  writeFileSync(script, text, { mode: 0o755 })
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(script, args, { encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }
  return { run, log }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

async function until(met: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !met(); tries++) await pause(50)
}

test('init scripts start the agent once, and stop it', async t => {
  if (spawnSync('start-stop-daemon', ['--version']).error) return t.skip('start-stop-daemon is not there')
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
  const sysv = initScript('packaging/sysvinit/faultline')
  assert.equal(sysv.run('status').status, 3)
  assert.equal(sysv.run('start').status, 0)
  await until(() => read(sysv.log) !== '')
  assert.equal(sysv.run('start').status, 0)
  assert.deepEqual(sysv.run('status'), { status: 0, output: 'faultline is running\n' })
  assert.equal(sysv.run('reload').status, 0)
  await until(() => read(sysv.log).includes('HUP'))
  assert.equal(sysv.run('stop').status, 0)
  assert.equal(read(sysv.log), 'watch\nHUP\nTERM\n')
  assert.equal(sysv.run('status').status, 3)
  assert.equal(sysv.run('dance').status, 2)

  const busybox = initScript('packaging/busybox/S05faultline')
  assert.deepEqual(busybox.run('start'), { status: 0, output: 'Starting faultline: OK\n' })
  await until(() => read(busybox.log) !== '')
  assert.match(read(busybox.log), /faultline\.mjs watch --data \S+data --runtime \S+run\n/)
  assert.equal(busybox.run('stop').status, 0)
  await until(() => read(busybox.log).includes('TERM'))
  assert.match(read(busybox.log), /TERM/)
})
