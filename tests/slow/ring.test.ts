// What changes the kernel's ring and console, in a guest: this machine's own are left alone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGuest } from '../../lab/open-guest.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

const script = `
level() { cut -f1 /proc/sys/kernel/printk | tr -d '\\n'; echo " $1"; }
set -e
echo "size $(faultline dmesg --ring-size)"
echo '<12>before the clear' >/dev/kmsg
faultline dmesg -c >/tmp/read; grep -c 'before the clear' /tmp/read
faultline dmesg | grep -c 'before the clear' || true
faultline dmesg -S | grep -c 'before the clear' || true
echo '<12>after the clear' >/dev/kmsg
faultline dmesg | grep -c 'after the clear'
faultline dmesg -C
echo "left $(faultline dmesg | wc -l)"
faultline dmesg -n 4; level four
faultline dmesg -D; level off
faultline dmesg -E; level on
faultline dmesg -n debug; level debug
faultline dmesg --console-level crit; level crit
faultline dmesg -n 9 2>/dev/null || echo "refused $?"
faultline dmesg -n 7
mkdir -p /tmp/agent
faultline watch --no-harvest --data /tmp/agent/data --runtime /tmp/agent/run --route 'kern.err console-level' --route 'kern.* /tmp/agent/kern.log' --route 'kind=* /tmp/agent/reports format=json' >/tmp/agent/out 2>&1 &
agent=$!
i=0; while [ ! -s /tmp/agent/kern.log ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done
level watched
insmod /lab/modules/lkdtm.ko
echo WARNING >/sys/kernel/debug/provoke-crash/DIRECT
i=0; while [ ! -s /tmp/agent/reports ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done
grep -o '"kind":"[a-z-]*"' /tmp/agent/reports | head -1
kill -TERM $agent; wait $agent || true
level restored
faultline dmesg --explain -k | grep -c '^│ .WARNING. WARNING in lkdtm_WARNING'
`

const expected =
  /^size \d{4,}\n1\n0\n0\n1\nleft 0\n4 four\n1 off\n4 on\n8 debug\n3 crit\nrefused 1\n4 watched\n"kind":"warning"\n7 restored\n1\n$/

test('clear, console and level by dmesg; the console’s level and files by routes; a warning explained', async t => {
  try {
    const guest = await openGuest({ faultline: true })
    try {
      const ran = await guest.run(script, 600)
      assert.match(ran.output, expected)
      assert.equal(ran.status, 0, ran.output)
    } finally {
      await guest.stop()
    }
  } catch (error) {
    skipUnavailable(t, error)
  }
})
