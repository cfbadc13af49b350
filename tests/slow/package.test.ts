// The Debian package in a Debian that systemd runs: installed, watched, crashed, asked why, removed, purged. And why a
// boot ended, for all endings that a machine can have.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import type { OpenGuest } from '../../lab/open-guest.ts'
import { Unavailable } from '../../lab/packages.ts'
import { runProgram } from '../../lab/run-program.ts'
import { openSystem } from '../../lab/system-guest.ts'

const root = join(import.meta.dirname, '..', '..')

/** More boots of the guest, each a minute of a processor: asked for by FAULTLINE_ENDINGS=1. */
const endings =
  process.env['FAULTLINE_ENDINGS'] === '1'
    ? false
    : 'every other way a boot can end takes five boots: FAULTLINE_ENDINGS=1'
const folder = mkdtempSync(join(tmpdir(), 'faultline-deb-test-'))

let guest: OpenGuest | undefined
let lacking: string | undefined

before(async () => {
  if (process.arch !== 'x64')
    lacking = 'the guest is an x86-64 machine, and the package is of the machine that builds it'
  else if (spawnSync('dpkg-deb', ['--version']).error) lacking = 'dpkg-deb is not there: it comes with dpkg'
  if (lacking !== undefined) return
  const args = ['--disable-warning=ExperimentalWarning', join(root, 'tools/package.ts'), '--compression', 'none']
  const deb = (await runProgram(process.execPath, [...args, '--output', folder])).toString().trim()
  const archive = join(folder, 'package.tar')
  await runProgram('tar', ['-cf', archive, '-C', dirname(deb), basename(deb)])
  try {
    guest = await openSystem({
      archives: { package: archive },
      commandLine: [
        'modules_load=ramoops',
        'ramoops.mem_address=0x6000000',
        'ramoops.mem_size=0x80000',
        'ramoops.record_size=0x10000',
      ],
      qemu: ['-device', 'i6300esb', '-action', 'watchdog=reset'],
    })
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    lacking = error.message
  }
})
after(async () => {
  await guest?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function sh(script: string, seconds?: number): Promise<string> {
  const { status, output } = await guest!.run(script, seconds)
  assert.equal(status, 0, `${script}\n${output}`)
  return output
}

const bundles = async (): Promise<string[]> => (await sh('ls /var/lib/faultline/bundles')).split('\n').filter(Boolean)

interface Verdict {
  ending: string
  confidence: string
  title?: string
}

async function why(): Promise<Verdict> {
  return JSON.parse((await guest!.run('faultline why-reboot --json')).output)
}

/** What the last boot's end was taken for; with all clues where it was taken for another. */
async function assertEnding(ending: string): Promise<Verdict> {
  const verdict = await why()
  assert.equal(verdict.ending, ending, JSON.stringify(verdict, undefined, 1))
  return verdict
}

test('the package installs, and the service runs', async t => {
  if (guest === undefined) return t.skip(lacking)
  const installed = await sh(
    'cd /tmp && tar xf /dev/disk/by-id/virtio-package && dpkg -i faultline_*.deb 2>&1 && rm faultline_*.deb',
    900,
  )
  assert.match(installed, /Setting up faultline/)
  // dpkg waits for the service; on a busy machine it may have had to be started again.
  await settled()
  assert.equal(await sh('systemctl is-active faultline'), 'active\n')
  assert.equal(await sh('systemctl is-enabled faultline faultline-harvest'), 'enabled\nenabled\n')
  const status = await sh('systemctl status faultline --no-pager')
  assert.match(status, /Active: active \(running\)/)
  assert.match(status, /Status: "/)
  assert.match(await sh('faultline watch --status'), /exceptions: none/)
  assert.equal(await sh('cat /sys/module/pstore/parameters/backend'), 'ramoops\n')
  assert.match(await sh('stat -c "%a %U:%G" /var/lib/faultline'), /^750 root:faultline/)
  const { output } = await guest.run('faultline drill; faultline config check', 200)
  for (const road of ['kmsg', 'kernel', 'syslog', 'agent', 'spool', 'journal']) {
    assert.match(output, new RegExp(`^✔ ${road} +proved`, 'm'))
  }
})

test('a crash: after the reboot it is one bundle, and known as the reason', async t => {
  if (guest === undefined) return t.skip(lacking)
  const before = await bundles()
  await guest.runUntilReboot('faultline drill --crash --yes-crash-this-machine; sleep 60', 900)
  await settled()
  const [bundle, ...others] = (await bundles()).filter(name => !before.includes(name))
  assert.deepEqual(others, [])
  assert.match(bundle!, /-panic$|-sysrq$/)
  const origin = JSON.parse(await sh(`cat /var/lib/faultline/bundles/${bundle}/origin.json`))
  assert.equal(origin.source, 'pstore')
  assert.equal(await sh('ls /sys/fs/pstore'), '')
  const verdict = await why()
  assert.deepEqual([verdict.ending, verdict.confidence], ['panic', 'certain'])
  assert.match(await sh('faultline drill --check'), /^✔ bundle +proved/m)
  assert.match(await sh('systemctl show faultline-harvest -p ExecMainStatus -p ActiveState'), /ActiveState=active/)
})

const nullRead = 'insmod /lab/modules/fl.ko && sync && echo null_read >/sys/kernel/debug/fl'

test('an oops that panics: one bundle, and its title is the reason', { skip: endings }, async t => {
  if (guest === undefined) return t.skip(lacking)
  const before = await bundles()
  await guest.runUntilReboot(`sysctl -q kernel.panic_on_oops=1; ${nullRead}; sleep 60`, 900)
  await settled()
  const added = (await bundles()).filter(name => !before.includes(name))
  assert.equal(added.length, 1, added.join(' '))
  const verdict = await assertEnding('panic')
  assert.match(verdict.title ?? '', /NULL pointer dereference in fl_null_read$/)
})

/** Has the kernel fail under a shell of its own, and gives the bundle that the agent made of it at once. */
async function failAlive(): Promise<string> {
  const before = await bundles()
  await guest!.run(
    `sh -c '${nullRead}'; for each in $(seq 60); do [ $(ls /var/lib/faultline/bundles | wc -l) -gt ${before.length} ] && break; sleep 1; done; sync`,
  )
  const [live, ...others] = (await bundles()).filter(name => !before.includes(name))
  assert.deepEqual(others, [])
  return live!
}

/** What pstore had of it joined the bundle, and made no other. */
async function assertJoined(live: string): Promise<void> {
  await settled()
  assert.equal((await bundles()).at(-1), live)
  assert.match(await sh(`ls /var/lib/faultline/bundles/${live}`), /^evidence-\d+-pstore$/m)
}

test('an oops that the machine survives is one bundle with what pstore has of it; an orderly restart adds none', async t => {
  if (guest === undefined) return t.skip(lacking)
  const live = await failAlive()
  await guest.runUntilReboot('systemctl reboot; sleep 60', 900)
  await assertJoined(live)
  await assertEnding('restart')
})

test('an oops, and a machine that is reset then', { skip: endings }, async t => {
  if (guest === undefined) return t.skip(lacking)
  const live = await failAlive()
  await guest.reset()
  await assertJoined(live)
  await assertEnding('oops')
})

test('a power-off, a halt, and power that fails', { skip: endings }, async t => {
  if (guest === undefined) return t.skip(lacking)
  const before = await bundles()
  await assert.rejects(guest.run('systemctl poweroff; sleep 100', 200))
  await guest.powerCycle()
  await assertEnding('power-off')
  await assert.rejects(guest.run('systemctl halt; sleep 100', 60))
  assert.match(guest.log, /reboot: System halted/)
  await guest.powerCycle()
  await assertEnding('halt')
  await sh('sync; sleep 2')
  await guest.powerCycle()
  await assertEnding('power-loss')
  assert.deepEqual(await bundles(), before)
})

test('a watchdog', async t => {
  if (guest === undefined) return t.skip(lacking)
  await sh('echo i6300esb >/etc/modules-load.d/watchdog.conf; sync')
  await guest.runUntilReboot(
    'rmmod i6300esb; modprobe i6300esb heartbeat=4; exec 3>/dev/watchdog; echo x >&3; sleep 120',
    900,
  )
  await assertEnding('watchdog')
})

test('removed, the bundles stay; purged, nothing does', async t => {
  if (guest === undefined) return t.skip(lacking)
  const before = await bundles()
  await sh('dpkg -r faultline 2>&1', 200)
  assert.equal((await guest.run('systemctl is-active faultline')).output, 'inactive\n')
  assert.deepEqual(await bundles(), before)
  assert.equal((await guest.run('ls /usr/lib/faultline /usr/bin/faultline')).status, 2)
  await sh('dpkg -P faultline 2>&1', 200)
  const left =
    'ls -d /var/lib/faultline /etc/faultline /etc/init.d/faultline /usr/lib/faultline; find /etc/systemd /etc/rc*.d | grep faultline'
  assert.doesNotMatch((await guest.run(`(${left}) 2>/dev/null`)).output, /faultline/)
})

/** The agent is up and has harvested. */
async function settled(): Promise<void> {
  await sh('for each in $(seq 300); do systemctl is-active -q faultline && break; sleep 1; done; sleep 1', 600)
}
