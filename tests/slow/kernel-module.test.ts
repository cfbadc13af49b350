// Faultline's kernel module in a real kernel: what it leaves of each way a kernel can end, read after warm reboots.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepareGuest } from '../../lab/boot.ts'
import { x86_64 } from '../../lab/guests/x86_64.ts'
import { windowModule } from '../../lab/modules.ts'
import { type OpenGuest, openGuest } from '../../lab/open-guest.ts'
import { MemoryFile } from '../../src/core/bytes/byte-file.ts'
import { decodeBytes } from '../../src/core/decoder.ts'
import { readCrashWindow, type WindowRecord } from '../../src/core/formats/crash-window/records.ts'
import { recoverLogs } from '../../src/core/recover.ts'
import { nodeRecoverHost } from '../../src/node/recover-host.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

const SIZE = 0x80000
const address = x86_64.reservedMemory!.address
const load = `insmod /lab/faultline.ko mem_address=0x${address.toString(16)} mem_size=${SIZE} boot_id=$(cat /proc/sys/kernel/random/boot_id)`

/** The window, as QEMU has it. */
async function windowOf(guest: OpenGuest): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-window-'))
  try {
    const filename = join(folder, 'window.bin')
    await guest.machine.command('pmemsave', { val: address, size: SIZE, filename })
    return readFileSync(filename)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const textOf = (record: WindowRecord | undefined): string => Buffer.from(record?.log ?? []).toString()

test('oopses, kills for memory, panics, restarts, halts and power-offs leave records that a warm reboot keeps', async t => {
  if (x86_64.kernel.from !== 'debian') throw new Error('expected a kernel of Debian')
  let guest: OpenGuest | undefined
  try {
    const { kernel } = await prepareGuest(x86_64)
    guest = await openGuest({
      files: { 'faultline.ko': readFileSync(await windowModule(x86_64.kernel, kernel)) },
      commandLine: ['panic=1', x86_64.reservedMemory!.commandLine],
      qemu: ['-no-shutdown'],
    })
    await loadsAndUnloads(guest)
    await theMachineLivesOn(guest, kernel.release)
    await inFlash(guest)
    await theMachineEnds(guest)
  } catch (error) {
    skipUnavailable(t, error)
  } finally {
    await guest?.stop()
  }
})

/** FAULTLINE_LOADS=1000 takes a minute or three; the usual number shows the same. */
const LOADS = Number(process.env['FAULTLINE_LOADS'] ?? 50)

/** Again and again, and when any of its registrations fails. */
async function loadsAndUnloads(guest: OpenGuest): Promise<void> {
  const again = await guest.run(
    `n=0; while [ $n -lt ${LOADS} ]; do ${load} && rmmod faultline || exit 1; n=$((n+1)); done; echo $n`,
    60 + LOADS,
  )
  assert.deepEqual(again, { status: 0, output: `${LOADS}\n` })
  for (let registration = 0; registration < 5; registration++) {
    const failed = await guest.run(
      `${load} fail_at=${registration}; ls /dev/faultline; grep -c faultline /proc/modules`,
    )
    assert.match(failed.output, /can't insert.*\n.*No such file.*\n0\n/, failed.output)
  }
  const used = await guest.run('insmod /lab/faultline.ko mem_address=0x1000000 mem_size=65536; dmesg | tail -1')
  assert.match(used.output, /65536 bytes at 0x1000000 are the kernel's own memory/)
  const loaded = await guest.run(`${load} && cat /sys/class/misc/faultline/window /sys/class/misc/faultline/missed`)
  assert.deepEqual(loaded, { status: 0, output: 'memory 16 32768\n0\n' })
}

async function theMachineLivesOn(guest: OpenGuest, release: string): Promise<void> {
  await guest.run('insmod /lab/modules/fl.ko; (head -n 1 /dev/faultline >/tmp/first &)')
  await guest.run('(echo null_read >/sys/kernel/debug/fl) & wait; sleep 1')
  await guest.run('echo f >/proc/sysrq-trigger; sleep 2')
  const first = await guest.run('cat /tmp/first')
  assert.match(first.output, /^1 kind=oops /)
  // Who opens it later is told all again.
  const told = await guest.run('timeout 2 cat /dev/faultline; cat /proc/sys/kernel/random/boot_id')
  assert.match(
    told.output,
    /^1 kind=oops time_ns=\d+ real_ns=\d+ cpu=0 context=task pid=\d+ .*comm="sh" reason="Oops"$/m,
  )
  assert.match(told.output, /^2 kind=oom time_ns=/m)
  const [oops, oom, ...more] = await readCrashWindow(new MemoryFile('window', await windowOf(guest)))
  assert.deepEqual(more, [])
  assert.ok(oops?.kind === 'oops' && oops.whole && oops.damage.length === 0, oops?.damage.join())
  assert.equal(oops.bootId, told.output.trim().split('\n').at(-1))
  assert.match(textOf(oops), /BUG: kernel NULL pointer dereference[\s\S]*Call Trace:[\s\S]*end trace/)
  assert.equal(oops.registers.find(({ name }) => name === 'RIP')?.value, oops.pc)
  assert.equal(oops.stack?.address, oops.sp)
  assert.equal(oops.facts['release'], release)
  assert.ok(oom?.kind === 'oom' && oom.whole)
  assert.match(textOf(oom), /invoked oom-killer[\s\S]*Out of memory|Purging GPU|Killed process/)
  const reports = decodeBytes(textOfBytes(oops), {})
  assert.deepEqual(
    reports.map(({ kind }) => kind),
    ['null-dereference'],
  )
}

/** A flash partition instead of memory: erased ahead, written by a worker. */
async function inFlash(guest: OpenGuest): Promise<void> {
  const flash = 'insmod /lab/faultline.ko mtd=0 record_size=32768'
  const loaded = await guest.run(
    `rmmod faultline; modprobe mtdram total_size=2048 erase_size=128; ${flash}; dmesg | grep faultline: | tail -n 2`,
  )
  assert.match(loaded.output, /mtdram.* cannot write in a panic[\s\S]*64 records of 32768 bytes in flash/)
  for (let count = 0; count < 3; count++) await guest.run('(echo null_read >/sys/kernel/debug/fl) & wait; sleep 1')
  // Loaded again, it goes on behind what is there, and what was written stays.
  await guest.run(`rmmod faultline; ${flash}; (echo null_read >/sys/kernel/debug/fl) & wait; sleep 1; rmmod faultline`)
  const records = await readCrashWindow(new MemoryFile('flash', await guest.read('/dev/mtd0ro')))
  assert.deepEqual(
    records.map(({ kind, sequence, whole, damage }) => [kind, sequence, whole, damage.join()]),
    [1, 2, 3, 4].map(sequence => ['oops', sequence, true, '']),
  )
  assert.match(textOf(records[3]), /fl_null_read[\s\S]*end trace/)
  await guest.run(load)
}

const textOfBytes = (record: WindowRecord): Uint8Array => record.log ?? new Uint8Array(0)

/** Each way a kernel ends; the window is loaded again after each, and numbers go on. */
async function theMachineEnds(guest: OpenGuest): Promise<void> {
  const newest = async (): Promise<WindowRecord> => {
    const record = (await readCrashWindow(new MemoryFile('window', await windowOf(guest)))).at(-1)
    assert.ok(record)
    return record
  }
  const reload = async () => assert.deepEqual(await guest.run(load), { status: 0, output: '' })

  await guest.runUntilReboot('echo c >/proc/sysrq-trigger')
  const panic = await newest()
  assert.deepEqual([panic.kind, panic.whole], ['panic', true], panic.damage.join())
  assert.match(panic.reason, /sysrq triggered crash|Fatal exception/)
  assert.match(textOf(panic), /Kernel panic - not syncing/)

  await reload()
  await guest.run('insmod /lab/modules/fl.ko')
  await guest.runUntilReboot('echo hrtimer >/sys/kernel/debug/fl; sleep 5')
  const inInterrupt = (await readCrashWindow(new MemoryFile('window', await windowOf(guest)))).slice(-2)
  assert.deepEqual(
    inInterrupt.map(({ kind, context, follows }) => [kind, context === 'task', follows]),
    [
      ['oops', false, undefined],
      ['panic', false, inInterrupt[0]?.sequence],
    ],
  )

  await reload()
  await guest.runUntilReboot('reboot -f')
  const restart = await newest()
  assert.deepEqual([restart.kind, restart.whole], ['restart', true])
  assert.match(restart.facts['asked'] ?? '', /^reboot\[\d+\] < sh\[\d+\]/)
  assert.match(textOf(restart), /reboot: Restarting system/)

  await reload()
  void guest.run('halt -f', 5).catch(() => {})
  await until(async () => (await newest()).kind === 'halt' && (await newest()).whole)
  await guest.reset()

  await reload()
  void guest.run('poweroff -f', 5).catch(() => {})
  await until(async () => (await newest()).kind === 'power-off' && (await newest()).whole)
  await guest.machine.command('system_reset')

  const image = await windowOf(guest)
  const records = await readCrashWindow(new MemoryFile('window', image))
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ['oops', 'oom', 'panic', 'oops', 'panic', 'restart', 'halt', 'power-off'],
  )
  assert.deepEqual(
    records.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  const logs = await recoverLogs(new MemoryFile('window', image), nodeRecoverHost)
  assert.equal(logs.length, 8)
}

async function until(met: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await met())) {
    if (performance.now() > deadline) throw new Error('it did not come to that within a minute')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
