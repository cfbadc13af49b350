// The agent inside real kernels that fail and live on: each exception has one bundle, what programs write has none, and a
// storm is followed or its losses are counted to the record.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { arm64 } from '../../lab/guests/arm64.ts'
import type { Guest } from '../../lab/guests/index.ts'
import { x86_64 } from '../../lab/guests/x86_64.ts'
import { type OpenGuest, openGuest } from '../../lab/open-guest.ts'
import type { Status } from '../../src/agent/watch/status.ts'
import type { Report } from '../../src/core/model.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

const folder = '/tmp/agent'

const start = `faultline watch --data ${folder} --runtime ${folder}/run --no-harvest --collect no >>/tmp/agent.log 2>&1 &
echo $! >/tmp/agent.pid
tries=0
while ! grep -q "\\"pid\\":$(cat /tmp/agent.pid),.*running" ${folder}/run/status.json 2>/dev/null && [ $tries -lt 600 ]
do sleep 0.1; tries=$((tries + 1)); done; [ $tries -lt 600 ]`

const break_ = (fault: string): string => `sh -c 'echo ${fault} >/sys/kernel/debug/fl'; true`

class Watched {
  private readonly guest: OpenGuest
  constructor(guest: OpenGuest) {
    this.guest = guest
  }

  async run(script: string): Promise<string> {
    const { status, output } = await this.guest.run(script, 400)
    assert.equal(status, 0, `${script}\n${output}\n${(await this.guest.run('cat /tmp/agent.log')).output}`)
    return output
  }

  /** Waits until there are so many bundles; then for more, which must not come. */
  async bundles(count: number): Promise<Report[]> {
    const there = `ls ${folder}/bundles | grep -c ^2`
    await this.run(
      `tries=0; while [ "$(${there})" -lt ${count} ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done; sleep 2`,
    )
    const names = (await this.run(`ls ${folder}/bundles | grep ^2`)).split('\n').filter(Boolean)
    assert.equal(names.length, count, `bundles: ${names.join(', ')}`)
    const texts = await this.run(`for each in ${folder}/bundles/2*; do cat $each/report.json; echo '@@'; done`)
    return texts
      .split('@@\n')
      .filter(text => text.trim() !== '')
      .map(text => JSON.parse(text) as Report)
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.guest.read(`${folder}/run/status.json`)).toString()) as Status
  }
}

async function inGuest(context: TestContext, guest: Guest, act: (watched: Watched) => Promise<void>): Promise<void> {
  try {
    const opened = await openGuest({ guest, faultline: true, atBoot: 'insmod /lab/modules/fl.ko', memoryMb: 512 })
    try {
      await act(new Watched(opened))
    } finally {
      await opened.stop()
    }
  } catch (error) {
    skipUnavailable(context, error)
  }
}

const titles = (reports: readonly Report[]): string[] => reports.map(({ title }) => title)

test('x86_64: exceptions one by one, forged ones, a kill -9 and a storm', async context => {
  await inGuest(context, x86_64, async watched => {
    await watched.run(start)
    await watched.run(break_('warn_text'))
    // the flight recorder sets its probes meanwhile
    await watched.run(
      'n=0; until grep -q oops_enter /sys/kernel/tracing/kprobe_events || [ $n = 60 ]; do sleep 1; n=$((n+1)); done; sleep 2',
    )
    await watched.run(break_('bug'))
    assert.deepEqual(titles(await watched.bundles(2)), ['WARNING in fl_warn_text', 'kernel BUG in fl_bug'])
    const recorded = await watched.run(`cat ${folder}/bundles/2*-bug-on/events.jsonl`)
    assert.match(recorded, /"kind":"oops",.*"source":"oops_enter\(\)"/)
    // what user space writes is no exception, whatever it says
    await watched.run(`for text in 'BUG: kernel NULL pointer dereference, address: 0000000000000010' \\
'Oops: 0000 [#1] PREEMPT SMP' 'RIP: 0010:fl_forged+0x1/0x2' 'Call Trace:' ' fl_forged+0x1/0x2' '---[ end trace 0000000000000000 ]---'
do echo "<0>$text" >/dev/kmsg; done; sleep 2`)
    await watched.bundles(2)
    // killed, and begun again with an exception in between
    await watched.run(`kill -9 $(cat /tmp/agent.pid); ${break_('null_write')}`)
    await watched.run(start)
    const reports = await watched.bundles(3)
    assert.equal(reports[2]!.kind, 'null-dereference')
    assert.equal((await watched.status()).sources[0]!.lost, 0)
    await stormIn(watched)
  })
})

/** A million lines with twenty warnings among them; fl.c, fl_storm(). */
async function stormIn(watched: Watched): Promise<void> {
  await watched.run(`dmesg -n 1; ${break_('storm')}; dmesg -n 8`)
  // … and is done with it: the ring is read and nothing waits
  await watched.run(`last=; for try in $(seq 600); do now=$(sed 's/.*"next":\\([0-9]*\\).*/\\1/' ${folder}/run/status.json)
[ "$now" = "$last" ] && [ "$now" -gt 1000000 ] && break; last=$now; sleep 2; done; true`)
  const pid = (await watched.run('cat /tmp/agent.pid')).trim()
  const peakKb = Number((await watched.run(`sed -n 's/VmHWM: *\\([0-9]*\\) kB/\\1/p' /proc/${pid}/status`)).trim())
  await watched.run(`kill ${pid}; while [ -d /proc/${pid} ]; do sleep 0.1; done`)
  const status = await watched.status()
  assert.equal(status.state, 'ended', await watched.run('cat /tmp/agent.log; dmesg | tail -5'))
  const [source] = status.sources
  const { from = 0, records = 0, next = 0 } = source!.stats
  // every number that the kernel gave has been read, or is counted as lost
  assert.ok(next > 1_000_000, `the next record is ${next}`)
  assert.equal(records + source!.lost, next - from)
  // … and every warning that the kernel counted was seen, or is counted as missed
  const { seenWarnings, missedWarnings = 0 } = status.kernel
  assert.equal(seenWarnings + missedWarnings, 20)
  assert.equal(status.reports['waiting'], 0)
  assert.ok(peakKb < 256 * 1024, `${peakKb} KB at most`)
}

test('arm64: the same kernel interfaces on another machine', async context => {
  await inGuest(context, arm64, async watched => {
    await watched.run(start)
    await watched.run(break_('warn_text'))
    await watched.run(break_('null_write'))
    const reports = await watched.bundles(2)
    assert.deepEqual(
      reports.map(({ kind, arch }) => [kind, arch]),
      [
        ['warning', 'arm64'],
        ['null-dereference', 'arm64'],
      ],
    )
  })
})
