// Each kind of kernel event that a machine outlives, caused in a guest with Debian's kernel, and seen by `faultline events`.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guests } from '../../lab/guests/index.ts'
import { openGuest } from '../../lab/open-guest.ts'
import { Unavailable } from '../../lab/packages.ts'
import type { KernelEvent } from '../../src/core/event.ts'

/** FAULTLINE_GUEST=x86_64-6.12: another kernel than the usual one. */
const guestName = process.env['FAULTLINE_GUEST'] ?? 'x86_64'

const causes = `
sh -c 'exit 7'
sh -c 'kill -USR1 $$' 2>/dev/null
sleep 30 & sleep 1; kill -TERM $!; wait
insmod /lab/modules/fl.ko
echo warn >/sys/kernel/debug/fl
(echo null_read >/sys/kernel/debug/fl) & wait
modprobe dummy 2>/dev/null || modprobe loop; rmmod dummy 2>/dev/null || rmmod loop
dd if=/dev/zero of=/dev/null bs=64M & sleep 1; echo f >/proc/sysrq-trigger; sleep 1
n=0; while [ $n -lt 50 ]; do true | cat; n=$((n+1)); done
`

test('signals, exits, kills for memory, oopses, warnings and modules are seen with their fields', async t => {
  try {
    const kind = guests.find(({ name }) => name === guestName)
    assert.ok(kind, `no guest ${guestName}`)
    const guest = await openGuest({ guest: kind, faultline: true, commandLine: ['panic=1'] })
    try {
      await guest.run(`faultline events signal exit oom oops warning module-load module-unload restart panic --json >/tmp/events 2>/tmp/said &
echo $! >/tmp/pid; echo -1000 >/proc/$!/oom_score_adj; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; ls -d /sys/kernel/tracing/instances/faultline* 2>/dev/null && break; done; sleep 1`)
      await guest.run(causes)
      const { output } = await guest.run(
        'sleep 1; kill -TERM $(cat /tmp/pid); while kill -0 $(cat /tmp/pid) 2>/dev/null; do sleep 1; done; cat /tmp/said; echo ---; cat /tmp/events; echo ---; ls /sys/kernel/tracing/instances; cat /sys/kernel/tracing/kprobe_events',
      )
      const [said = '', lines = '', left = ''] = output.split('---\n')
      assert.equal(said, '')
      assert.equal(left, '', 'everything that was set up is taken away')
      const events = lines
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as KernelEvent)
      const find = (kind: KernelEvent['kind'], details: Record<string, unknown> = {}): KernelEvent => {
        const found = events.find(
          event =>
            event.kind === kind && Object.entries(details).every(([name, value]) => event.details[name] === value),
        )
        assert.ok(found, `${kind} ${JSON.stringify(details)} in\n${lines}`)
        return found
      }
      const seven = find('exit', { status: 7 })
      assert.deepEqual([seven.task?.comm, seven.details['codeFrom']], ['sh', 'do_exit'])
      const term = find('exit', { signalName: 'SIGTERM' })
      assert.equal(term.task?.comm, 'sleep')
      const sent = events.find(
        ({ kind, details }) =>
          kind === 'signal' &&
          details['stage'] === 'generated' &&
          JSON.stringify(details['signal']).includes('SIGTERM'),
      )
      assert.deepEqual(sent?.details['receiver'], { pid: term.task?.pid, comm: 'sleep' })
      assert.equal(sent?.task?.comm, 'sh')
      const warning = find('warning', { detector: 'warning' })
      assert.match(String(warning.details['file']), /fl\.c$/)
      assert.equal(find('oops').task?.comm, 'sh')
      find('module-load', { name: 'fl' })
      const victim = find('oom', { stage: 'chosen' })
      assert.deepEqual([victim.details['comm'], Number(victim.details['anonRssKb']) > 0], ['dd', true])
      const times = events.map(({ monotonicUs }) => monotonicUs)
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      )
    } finally {
      await guest.stop()
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    t.skip(error.message)
  }
})
