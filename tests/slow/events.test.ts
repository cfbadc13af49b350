// Each kind of kernel event, caused in a guest with Debian's kernel and seen by `faultline events`: those that a machine
// outlives, then, each in a guest of its own, those that end it, whose words leave it over a virtio port before it is gone.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareGuest } from '../../lab/boot.ts'
import type { DebianKernel } from '../../lab/guests/guest.ts'
import { guests } from '../../lab/guests/index.ts'
import { boardModule, windowModule } from '../../lab/modules.ts'
import { type OpenGuest, openGuest } from '../../lab/open-guest.ts'
import { hostProgram } from '../../lab/programs.ts'
import { type EventKindName, eventKinds, type KernelEvent } from '../../src/core/event.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

/** FAULTLINE_GUEST=x86_64-6.12: another kernel than the usual one. */
const guestName = process.env['FAULTLINE_GUEST'] ?? 'x86_64'

/** A root port of PCI Express, which reports a bad TLP: drivers/pci/pcie/aer_inject.c, struct aer_error_inj. */
const PORT = 4
const BAD_TLP = 0x40
const aerError = [0, PORT, 0, 0, 0, 0, 0, 0, BAD_TLP, ...Array<number>(23).fill(0)]
  .map(byte => `\\${byte.toString(8).padStart(3, '0')}`)
  .join('')

const causes = `
sh -c 'exit 7'
sh -c 'kill -USR1 $$' 2>/dev/null
sleep 30 & sleep 1; kill -TERM $!; wait
insmod /lab/modules/fl.ko
echo warn >/sys/kernel/debug/fl
(echo null_read >/sys/kernel/debug/fl) & wait
modprobe mtdram total_size=64 erase_size=64; rmmod mtdram
insmod /lab/fl_board.ko
modprobe aer_inject && printf '${aerError}' >/dev/aer_inject
modprobe hwpoison-inject && echo 0x3000 >/sys/kernel/debug/hwpoison/corrupt-pfn
echo 1 >/sys/module/suspend/parameters/pm_test_delay; echo devices >/sys/power/pm_test; echo mem >/sys/power/state
dd if=/dev/zero of=/dev/null bs=64M & sleep 1; echo f >/proc/sysrq-trigger; sleep 1
n=0; while [ $n -lt 50 ]; do true | cat; n=$((n+1)); done
`

/** A corrected error in bank 3, which the kernel looks for once a second; QEMU's hmp-commands.hx, "mce". */
const MACHINE_CHECK = 'mce 0 3 0x9c00000000000135 0 0x1234000 0x8c'

interface Seen {
  events: KernelEvent[]
  text: string
}

const eventsOf = (text: string): KernelEvent[] =>
  text
    .split('\n')
    .filter(line => line.endsWith('}'))
    .map(line => JSON.parse(line) as KernelEvent)

function find({ events, text }: Seen, kind: EventKindName, details: Record<string, unknown> = {}): KernelEvent {
  const found = events.find(
    event => event.kind === kind && Object.entries(details).every(([name, value]) => event.details[name] === value),
  )
  assert.ok(found, `${kind} ${JSON.stringify(details)} in\n${text}`)
  return found
}

/**
 * Shell: begins to watch, and waits until all is switched on. A guest on a busy machine starts Node slowly. It has a processor
 * of its own: one that panics runs no other task any more, nor wakes it.
 */
const watch = (kinds: string, to: string): string => `
taskset 2 faultline events ${kinds} --json >${to} 2>/tmp/said &
echo $! >/tmp/pid; echo -1000 >/proc/$!/oom_score_adj; n=0
until grep -q 1 /sys/kernel/tracing/instances/faultline_$(cat /tmp/pid)_*/events/task/enable 2>/dev/null || [ $n = 150 ]
do sleep 1; n=$((n+1)); done
sleep 2`

/** A guest for `lead`; `told` is the file that its virtio port ends in. */
const led = (lead: (guest: OpenGuest, told: string) => Promise<void>) => async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-events-'))
  const told = join(folder, 'told')
  let guest: OpenGuest | undefined
  try {
    const kind = guests.find(({ name }) => name === guestName)
    assert.ok(kind?.kernel.from === 'debian', `no guest ${guestName} with Debian's kernel`)
    guest = await openGuest({
      guest: kind,
      faultline: true,
      // The reader runs on while the other one ends the machine.
      processors: 2,
      commandLine: ['panic=1', kind.reservedMemory?.commandLine ?? ''],
      files: await filesOf(kind.kernel, (await prepareGuest(kind)).kernel),
      qemu: [
        ...['-no-shutdown', '-device', `pcie-root-port,id=rootport,chassis=1,addr=${PORT}`],
        ...['-device', 'virtio-serial-pci', '-chardev', `file,id=told,path=${told},append=on`],
        ...['-device', 'virtserialport,chardev=told,name=told'],
      ],
    })
    await lead(guest, told)
  } catch (error) {
    skipUnavailable(t, error)
  } finally {
    await guest?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('every kind of event that a machine outlives is seen with its fields', led(outlived))
async function filesOf(
  kernel: DebianKernel,
  built: Parameters<typeof boardModule>[1],
): Promise<Record<string, Buffer>> {
  return {
    'fl_board.ko': readFileSync(await boardModule(kernel, built)),
    'faultline.ko': readFileSync(await windowModule(kernel, built)),
    'kexec-now': await hostProgram(join(import.meta.dirname, '../../lab/programs/kexec-now.c')),
  }
}

async function outlived(guest: OpenGuest): Promise<void> {
  const all = eventKinds.filter(kind => kind !== 'kexec' && kind !== 'halt' && kind !== 'power-off')
  await guest.run(watch(all.join(' '), '/tmp/events'), 300)
  await guest.run('echo 1 >/sys/devices/system/machinecheck/machinecheck0/check_interval')
  await guest.machine.humanCommand(MACHINE_CHECK)
  const caused = await guest.run(causes, 300)
  const { output } = await guest.run(
    'sleep 1; kill -TERM $(cat /tmp/pid); while kill -0 $(cat /tmp/pid) 2>/dev/null; do sleep 1; done; cat /tmp/said; echo ---; cat /tmp/events; echo ---; ls /sys/kernel/tracing/instances; cat /sys/kernel/tracing/kprobe_events',
  )
  const [said = '', text = '', left = ''] = output.split('---\n')
  assert.equal(said, '')
  assert.equal(left, '', 'everything that was set up is taken away')
  const seen = { events: eventsOf(text), text: `${text}\n${caused.output}` }
  const times = seen.events.map(({ monotonicUs }) => monotonicUs)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  )
  ofTasks(seen)
  ofTheKernel(seen)
  ofHardware(seen)
}

function ofTasks(seen: Seen): void {
  const seven = find(seen, 'exit', { status: 7 })
  assert.deepEqual([seven.task?.comm, seven.details['codeFrom']], ['sh', 'do_exit'])
  const term = find(seen, 'exit', { signalName: 'SIGTERM' })
  assert.equal(term.task?.comm, 'sleep')
  const sent = seen.events.find(
    ({ kind, details }) =>
      kind === 'signal' && details['stage'] === 'generated' && JSON.stringify(details['signal']).includes('SIGTERM'),
  )
  assert.deepEqual(sent?.details['receiver'], { pid: term.task?.pid, comm: 'sleep' })
  assert.equal(sent?.task?.comm, 'sh')
  const victim = find(seen, 'oom', { stage: 'chosen' })
  assert.deepEqual([victim.details['comm'], Number(victim.details['anonRssKb']) > 0], ['dd', true])
}

function ofTheKernel(seen: Seen): void {
  const warning = find(seen, 'warning', { detector: 'warning' })
  assert.match(String(warning.details['file']), /fl\.c$/)
  assert.equal(find(seen, 'oops', { stage: 'begins' }).task?.comm, 'sh')
  find(seen, 'module-load', { name: 'fl' })
  assert.equal(find(seen, 'module-unload', { name: 'mtdram' }).task?.comm, 'rmmod')
  // How long they sleep depends on how busy the host is.
  assert.ok(find(seen, 'resume').monotonicUs > find(seen, 'suspend', { state: 'mem' }).monotonicUs)
}

function ofHardware(seen: Seen): void {
  const check = find(seen, 'machine-check', { bank: 3 })
  assert.deepEqual(
    ['cpu', 'status', 'addr', 'misc'].map(name => check.details[name]),
    [0, '0x9c00000000000135', '0x1234000', '0x8c'],
  )
  const memory = { message: 'read error', label: 'DIMM A1', controller: 0 }
  assert.deepEqual(find(seen, 'edac', { type: 'corrected' }).details, {
    ...{ type: 'corrected', count: 3, ...memory, driver: 'one bit', address: '0x1234560' },
  })
  assert.deepEqual(find(seen, 'edac', { type: 'uncorrected' }).details, {
    ...{ type: 'uncorrected', count: 1, ...memory, driver: 'two bits', address: '0x4321010' },
  })
  assert.deepEqual(find(seen, 'aer').details, {
    ...{ device: `0000:00:0${PORT}.0`, severity: 'corrected', status: '0x40' },
  })
  assert.equal(find(seen, 'memory-failure', { pfn: 0x3000 }).details['result'], 'Ignored')
}

interface Ending {
  kind: EventKindName
  command: string
  /** the machine does not come up again by itself */
  stays?: true
  /** with the kernel module loaded */
  module?: true
  source: RegExp
  comm: string
  details: KernelEvent['details']
}

const endings: readonly Ending[] = [
  {
    ...{ kind: 'restart', command: 'reboot -f', source: /^kernel_restart\(\)$/, comm: 'reboot' },
    details: { orderly: true },
  },
  {
    ...{ kind: 'panic', command: `sh -c 'echo c >/proc/sysrq-trigger'`, source: /^v?panic\(\)$/, comm: 'sh' },
    details: { format: 'sysrq triggered crash\n' },
  },
  {
    ...{ kind: 'kexec', command: '/lab/kexec-now', source: /^kernel_kexec\(\)$/, comm: 'kexec-now' },
    details: { orderly: true },
  },
  {
    ...{ kind: 'halt', command: 'halt -f', stays: true, source: /^kernel_halt\(\)$/, comm: 'halt' },
    details: { orderly: true },
  },
  {
    ...{ kind: 'power-off', command: 'poweroff -f', stays: true, module: true, source: /^\/dev\/faultline$/ },
    ...{ comm: 'poweroff', details: { orderly: true } },
  },
]

async function ending(each: Ending, guest: OpenGuest, told: string): Promise<void> {
  const words = endings.map(({ kind }) => kind).join(' ')
  const address = guest.guest.reservedMemory?.address ?? 0
  const seen = (): Seen => {
    const text = existsSync(told) ? readFileSync(told, 'utf8') : ''
    return { events: eventsOf(text), text }
  }
  if (each.module) await guest.run(`insmod /lab/faultline.ko mem_address=${address} mem_size=${0x80000}`)
  await guest.run('modprobe virtio_console')
  const { output } = await guest.run(`${watch(`${words} oops module-load`, '$(ls /dev/vport*)')}; cat /tmp/said`, 300)
  assert.equal(output, '')
  await guest.run('insmod /lab/fl_board.ko')
  await until(() => seen().events.some(({ kind }) => kind === 'module-load'), 60)
  if (each.module) await toldByModule(guest, seen)
  // A serial console is as slow.
  const command = `echo 50 >/proc/sys/kernel/printk_delay; taskset 1 ${each.command}`
  if (each.stays) void guest.run(command, 10).catch(() => {})
  else await guest.runUntilReboot(command)
  await until(() => seen().events.some(({ kind }) => kind === each.kind), each.stays ? 60 : 0)
  const event = find(seen(), each.kind)
  assert.match(event.source, each.source)
  assert.deepEqual([event.task?.comm, event.details], [each.comm, each.details])
}

for (const each of endings) {
  test(
    `${each.kind}: the machine's last event is seen by somebody outside`,
    led((guest, told) => ending(each, guest, told)),
  )
}

/** An oops with what the module knows of it, in the order of time with what the trace tells. */
async function toldByModule(guest: OpenGuest, seen: () => Seen): Promise<void> {
  await guest.run('insmod /lab/modules/fl.ko; (echo null_read >/sys/kernel/debug/fl) & wait')
  await until(() => seen().events.filter(({ kind }) => kind === 'oops').length === 2, 30)
  const [begins, oops] = seen().events.filter(({ kind }) => kind === 'oops')
  assert.deepEqual([begins?.details, begins?.source], [{ stage: 'begins' }, 'oops_enter()'])
  assert.deepEqual(
    [oops?.source, oops?.task, oops?.details['reason'], oops?.details['context'], oops?.details['signal']],
    ['/dev/faultline', begins?.task, 'Oops', 'task', 11],
  )
  assert.match(String(oops?.details['pc']), /^0xffffffff[0-9a-f]{8}$/)
}

async function until(met: () => boolean, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!met() && performance.now() < deadline) await sleep(200)
}
