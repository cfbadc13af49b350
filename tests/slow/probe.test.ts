// Probes on a real kernel: arguments, members and results against what trace-cmd prints of the same calls; the routes that
// ARP asks for, with real ARP traffic; nothing left behind, not even by a killed one.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { guests } from '../../lab/guests/index.ts'
import { type OpenGuest, openGuest } from '../../lab/open-guest.ts'
import { traceCmdFiles } from '../../lab/tracing-tools.ts'
import type { ProbedCall } from '../../src/agent/probe/probe-watch.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

/** FAULTLINE_GUEST=x86_64-6.12: another kernel than the usual one. */
const guestName = process.env['FAULTLINE_GUEST'] ?? 'x86_64'

const hostPort = 20_000 + (process.pid % 20_000)

test('calls of kernel functions are seen with their arguments, members and results', async t => {
  let guest: OpenGuest | undefined
  try {
    const kind = guests.find(({ name }) => name === guestName)
    assert.ok(kind !== undefined, `no guest ${guestName}`)
    guest = await openGuest({
      guest: kind,
      faultline: true,
      processors: 2,
      network: { forward: { [hostPort]: 80 } },
      files: await traceCmdFiles(),
    })
    await againstTraceCmd(guest)
    await refusals(guest)
    await arpRoutes(guest)
    await killed(guest)
  } catch (error) {
    skipUnavailable(t, error)
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

/** trace-cmd records probes of its own on the same functions in the same run. */
async function againstTraceCmd(guest: OpenGuest): Promise<void> {
  const { output } = await guest.run(
    `
mkdir -p /tmp/d; echo x >/tmp/d/there
cd /sys/kernel/tracing
echo 'r64:check/opened vfs_open ret=$retval:s32' >kprobe_events
echo 'p:check/open vfs_open name=+0(+40(+8($arg1))):string' >>kprobe_events
echo 'r64:check/has_read vfs_read ret=$retval:s64' >>kprobe_events
echo 'p:check/read vfs_read count=$arg3:u64' >>kprobe_events
faultline probe 'vfs_open(path->dentry->d_name.name)' 'vfs_read(count)' --comm dd --json --stack >/tmp/calls 2>/tmp/said & echo $! >/tmp/pid
${ready}
cd /tmp; sh /lab/tools/run trace-cmd record -q -B check -e check -f 'COMM=="dd"' -o /tmp/trace.dat >/tmp/recorded 2>&1 & recorder=$!
n=0; until [ "$(cat /sys/kernel/tracing/instances/check/events/check/enable 2>/dev/null)" = 1 ] || [ $n = 60 ]; do sleep 1; n=$((n+1)); done
for n in 1 2 3 4 5; do dd if=/tmp/d/there bs=100$n count=1; dd if=/tmp/d bs=200$n count=1; done >/dev/null 2>&1
sleep 1; kill -INT $recorder; wait $recorder; kill -TERM $(cat /tmp/pid); ${ended}
cat /tmp/said; echo ---; cat /tmp/calls; echo ---; sh /lab/tools/run trace-cmd report -q /tmp/trace.dat | grep ' dd-'
cd /sys/kernel/tracing; rmdir instances/check 2>/dev/null
for each in open opened read has_read; do echo "-:check/$each" >>kprobe_events; done
echo ---; cat kprobe_events; ls instances`,
    300,
  )
  const [said, calls = '', trace = '', left] = output.split('---\n')
  assert.deepEqual([said, left], ['', ''], output)
  const seen = callsOf(calls).map(({ task, function: name, arguments: given, result }) => [
    ...[task.pid, name, ...Object.values(given), result],
  ])
  const told = toldByTraceCmd(trace)
  // dd also reads what it is linked with, and opens its output.
  const ours = (calls: unknown[][]): unknown[][] =>
    calls.filter(([, , given]) => given === 'there' || given === 'd' || (Number(given) > 1000 && Number(given) < 2006))
  assert.equal(ours(seen).length, 20, output)
  // trace-cmd says that it records a moment before all of its processors do: its first calls may be missing, never ours.
  const recorded = new Set(ours(told).map(([pid]) => pid))
  assert.ok(recorded.size >= 7, output)
  assert.deepEqual(
    ours(seen).filter(([pid]) => recorded.has(pid)),
    ours(told),
  )
  assert.deepEqual(
    ours(seen)
      .filter(([, name]) => name === 'vfs_read')
      .map(([, , count, result]) => [count, result]),
    [1, 2, 3, 4, 5].flatMap(n => [
      [1000 + n, 2],
      [2000 + n, -21],
    ]),
  )
  const opened = callsOf(calls).find(call => call.function === 'vfs_open')
  assert.ok(
    opened?.stack?.some(frame => /do_filp_open\+|path_openat\+/.test(frame)),
    JSON.stringify(opened),
  )
}

/** `dd-134 [000] 25.1: open: (ffffffff812d0b30) name="there"`: entries joined with the return that follows. */
function toldByTraceCmd(report: string): unknown[][] {
  const calls: unknown[][] = []
  const line = /dd-(?<pid>\d+) .*? (?<event>open|opened|read|has_read): .*?(?:name="(?<name>[^"]*)"|=(?<number>-?\d+))/g
  let entry: unknown[] = []
  for (const { groups = {} } of report.matchAll(line)) {
    const value = groups['name'] ?? Number(groups['number'])
    if (groups['event'] === 'open' || groups['event'] === 'read')
      entry = [Number(groups['pid']), `vfs_${groups['event']}`, value]
    else calls.push([...entry, value])
  }
  return calls
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
