// What is collected beside an exception of a real kernel, and what is left of it when the machine dies meanwhile.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGuest } from '../../lab/open-guest.ts'
import type { CollectIndex } from '../../src/agent/collectors/collection.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

const data = '/disks/spool/data'

const start = `chmod 755 /tmp/collectors.d /tmp/collectors.d/*
faultline watch --data ${data} --runtime /tmp/run --no-harvest --collectors-folder /tmp/collectors.d >/tmp/agent.log 2>&1 &
echo $! >/tmp/agent.pid
tries=0; while ! grep -q running /tmp/run/status.json 2>/dev/null && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
[ $tries -lt 600 ]`

const waitFor = (what: string): string =>
  `tries=0; while ! ${what} && [ $tries -lt 1200 ]; do sleep 0.1; tries=$((tries + 1)); done; [ $tries -lt 1200 ]`

const slow = `#!/bin/sh
echo begun
sleep 1000
`

test('tasks that hang, modules, symbols; a machine that dies while it is collected leaves what there was', async t => {
  try {
    const guest = await openGuest({
      faultline: true,
      disks: { spool: 96 },
      // The task that hangs shall not be reported too, however long this takes.
      atBoot: 'insmod /lab/modules/fl.ko; echo 0 >/proc/sys/kernel/hung_task_timeout_secs',
      memoryMb: 640,
    })
    const run = async (script: string): Promise<string> => {
      const { status, output } = await guest.run(script, 300)
      assert.equal(status, 0, `${script}\n${output}\n${(await guest.run('cat /tmp/agent.log')).output}`)
      return output
    }
    const break_ = (fault: string): Promise<string> => run(`sh -c 'echo ${fault} >/sys/kernel/debug/fl'; true`)
    try {
      await guest.write('/tmp/collectors.d/quick', '#!/bin/sh\necho quick; id -u\n')
      await run(start)
      await run(waitFor(`ls ${data}/symbols/2*/kallsyms.zst >/dev/null 2>&1`))
      await break_('hung_task')
      await break_('warn')
      await run(waitFor(`ls ${data}/bundles/2*/collect/index.json >/dev/null 2>&1`))
      const index = JSON.parse(await run(`cat ${data}/bundles/2*/collect/index.json`)) as CollectIndex
      assert.deepEqual(
        index.collectors.filter(
          ({ timedOut, stuck, problem, interrupted }) => timedOut || stuck || problem || interrupted,
        ),
        [],
      )
      const text = (name: string): Promise<string> =>
        run(`faultline bundles show --data ${data} latest collect/${name}.txt`)
      assert.match(await text('ps'), /\(D\) <==\nfl_second_owner\n\[<0>\] fl_second_owner\+/)
      assert.match(await text('ps'), /^ *PID .*COMM/i)
      assert.match(await text('modules'), /^fl \d+ .*\n(?:.*\n)*==> \/sys\/module\/fl <==\nbuild-id-note: 04 00 00 00/m)
      assert.match(await text('dmesg'), /WARNING: .*fl_warn/)
      assert.match(await text('cmdline'), /==> \/proc\/cmdline <==\n.*panic=1/)
      assert.equal(await text('quick'), 'quick\n0\n')
      const shown = await run(`faultline bundles show --data ${data} latest --no-color`)
      assert.match(shown, /fl_warn/)
      assert.match(shown, /collected {3}ps, interrupts, meminfo/)

      // Another exception, an hour of collecting, and the end of the machine in the middle of it.
      await run('kill $(cat /tmp/agent.pid); sleep 2')
      await guest.write('/tmp/collectors.d/a-slow-one', slow)
      await run(start)
      await break_('warn_text')
      await run(waitFor(`grep -q begun ${data}/bundles/2*/.collect/a-slow-one.txt 2>/dev/null`))
      await guest.runUntilReboot('sync; echo c >/proc/sysrq-trigger')
      await guest.write('/tmp/collectors.d/quick', '#!/bin/sh\n')
      await run(start)
      const later = JSON.parse(await run(`faultline bundles show --data ${data} 2 collect/index.json`)) as CollectIndex
      assert.equal(later.interrupted, true)
      assert.ok(
        later.collectors.some(({ name, sizeBytes }) => name === 'ps' && sizeBytes > 100),
        JSON.stringify(later),
      )
      assert.match(await run(`faultline bundles show --data ${data} 2 collect/a-slow-one.txt`), /^begun/)
      assert.match(await run(`faultline bundles verify --data ${data}`), /^2 of 2 bundles are as they were written/m)
      // One snapshot for each boot, though the agent was started three times.
      await run(waitFor(`[ "$(ls ${data}/symbols | wc -l)" = 2 ]`))
    } finally {
      await guest.stop()
    }
  } catch (error) {
    skipUnavailable(t, error)
  }
})
