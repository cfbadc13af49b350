// Probes on a real kernel: arguments, members and results against what the kernel's own trace prints of the same calls; the
// routes that ARP asks for, with real ARP traffic; nothing left behind, not even by a killed one.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type OpenGuest, openGuest } from '../../lab/open-guest.ts'
import { Unavailable } from '../../lab/packages.ts'
import type { ProbedCall } from '../../src/agent/probe/probe-watch.ts'

const hostPort = 20_000 + (process.pid % 20_000)

test('calls of kernel functions are seen with their arguments, members and results', async t => {
  let guest: OpenGuest | undefined
  try {
    guest = await openGuest({ faultline: true, network: { forward: { [hostPort]: 80 } } })
    await againstTheTrace(guest)
    await refusals(guest)
    await arpRoutes(guest)
    await killed(guest)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    t.skip(error.message)
  } finally {
    await guest?.stop()
  }
})

const callsOf = (text: string): ProbedCall[] =>
  text
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as ProbedCall)

/** Shell that waits until a Faultline in the background has set its probes. */
const ready =
  'n=0; until grep -q faultline_ /sys/kernel/tracing/kprobe_events 2>/dev/null || [ $n = 60 ]; do sleep 1; n=$((n+1)); done; sleep 2'
const ended = 'while kill -0 $(cat /tmp/pid) 2>/dev/null; do sleep 1; done'

/** The kernel's text of probes of our own on the same functions is what trace-cmd shows. */
async function againstTheTrace(guest: OpenGuest): Promise<void> {
  const { output } = await guest.run(`
mkdir -p /tmp/d; echo x >/tmp/d/there
cd /sys/kernel/tracing; mkdir instances/check
echo 'r64:check/back vfs_open ret=$retval:s32' >kprobe_events
echo 'p:check/in vfs_open name=+0(+40(+8($arg1))):string' >>kprobe_events
echo 1 >instances/check/events/check/enable
faultline probe 'vfs_open(path->dentry->d_name.name)' --comm cat --json --stack >/tmp/calls 2>/tmp/said & echo $! >/tmp/pid
${ready}
for n in 1 2 3 4 5; do cat /tmp/d/there >/dev/null; cat /tmp/d 2>/dev/null; done
sleep 1; kill -TERM $(cat /tmp/pid); ${ended}
echo 0 >instances/check/events/check/enable
cat /tmp/said; echo ---; cat /tmp/calls; echo ---; grep ' *cat-' instances/check/trace
rmdir instances/check; echo -:check/in >>kprobe_events; echo -:check/back >>kprobe_events
echo ---; cat kprobe_events; ls instances`)
  const [, calls = '', trace = '', left] = output.split('---\n')
  assert.equal(left, '')
  const seen = callsOf(calls).map(call => [call.task.pid, call.arguments['path->dentry->d_name.name'], call.result])
  const entries = [
    ...trace.matchAll(/cat-(?<pid>\d+) .*check\/?.*?in: .*name="(?<name>[^"]*)"|cat-(\d+) .* in: .*name="([^"]*)"/g),
  ]
  const backs = [...trace.matchAll(/cat-(?<pid>\d+) .* back: .*ret=(?<ret>-?\d+)/g)]
  assert.ok(backs.length >= 10, trace)
  const told = backs.map(({ groups }, index) => [
    Number(groups?.['pid']),
    entries[index]?.[2] ?? entries[index]?.[4],
    Number(groups?.['ret']),
  ])
  // The first cat looks at Faultline's own end.
  const opened = (calls: unknown[][]): unknown[][] => calls.filter(([, name]) => name === 'there' || name === 'd')
  assert.equal(opened(seen).length, 10)
  assert.deepEqual(opened(seen), opened(told))
  const [first] = callsOf(calls)
  assert.ok(
    first?.stack?.some(frame => /do_filp_open\+|path_openat\+/.test(frame)),
    JSON.stringify(first),
  )
}

async function refusals(guest: OpenGuest): Promise<void> {
  const { output } = await guest.run(
    'for f in vfs_opn notify_die "vfs_read(nothing)" check_hung_task; do faultline probe "$f" --seconds 1 2>&1; echo "= $?"; done; ls /sys/kernel/tracing/instances; cat /sys/kernel/tracing/kprobe_events',
    300,
  )
  assert.match(output, /vfs_opn cannot be probed: .*vfs_open.*\n= 2/)
  assert.match(output, /notify_die cannot be probed: the kernel forbids.*\n= 2/)
  assert.match(output, /vfs_read\(nothing\): it has no argument "nothing"; it has file, buf, count, pos\n= 2/)
  assert.match(output, /check_hung_task cannot be probed: .*\n= 2\n$/)
}

/** A host that asks for the guest's address; the guest has a route to it that its source check refuses. */
async function arpRoutes(guest: OpenGuest): Promise<void> {
  await guest.run(`
echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 1 >/proc/sys/net/ipv4/conf/eth0/rp_filter
ip route add 10.0.2.2/32 dev lo
faultline probe --preset arp-route --json >/tmp/arp 2>/tmp/said & echo $! >/tmp/pid
${ready}`)
  for (let attempt = 0; attempt < 4; attempt++) {
    const socket = connect(hostPort, '127.0.0.1')
    socket.on('error', () => {})
    await sleep(1500)
    socket.destroy()
  }
  const { output } = await guest.run(
    `sleep 1; kill -TERM $(cat /tmp/pid); ${ended}; cat /tmp/said /tmp/arp; ip route del 10.0.2.2/32 dev lo`,
  )
  const calls = callsOf(output)
  const validated = calls.find(call => call.function === 'fib_validate_source')
  assert.ok(validated !== undefined, output)
  assert.deepEqual(
    [validated.error, validated.result, validated.arguments['dev->name']],
    ['EXDEV', -18, 'eth0'],
    output,
  )
  const route = calls.find(call => call.function === 'ip_route_input_slow')
  assert.deepEqual([route?.error, route?.arguments['skb->dev->name']], ['EXDEV', 'eth0'], output)
  assert.equal(validated.depth, (route?.depth ?? 0) + 1)
}

/** What kill -9 leaves is taken away by the next one. */
async function killed(guest: OpenGuest): Promise<void> {
  const { output } = await guest.run(`
faultline probe vfs_read --tally >/dev/null 2>&1 & echo $! >/tmp/pid
${ready}
kill -9 $(cat /tmp/pid); sleep 1; ls /sys/kernel/tracing/instances | wc -l
faultline events exit --seconds 1 >/dev/null; ls /sys/kernel/tracing/instances; cat /sys/kernel/tracing/kprobe_events; echo end`)
  assert.equal(output, '1\nend\n')
}
