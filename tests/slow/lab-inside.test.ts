// A guest that is led by hand: Node and the command inside it, the network, ramoops through a crash, a disk through power off.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openGuest } from '../../lab/open-guest.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

test('the command runs in a guest, and what the guest kept is there after a crash and after a power cycle', async t => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('heard')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const guest = await openGuest({
      faultline: true,
      network: true,
      ramoops: true,
      disks: { spool: 16 },
      volatileDisks: true,
    })
    try {
      const version = await guest.run('faultline --version')
      assert.deepEqual([version.status, /^\d+\.\d+\.\d+/.test(version.output)], [0, true], version.output)
      const fetched = await guest.run(
        `node -e 'fetch("http://10.0.2.2:${port}/x").then(r => r.text()).then(console.log)'`,
      )
      assert.deepEqual([fetched, asked], [{ status: 0, output: 'heard\n' }, ['/x']])
      const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) & 255))
      await guest.write('/disks/spool/kept', bytes)
      await guest.runUntilReboot('sync; echo c >/proc/sysrq-trigger')
      const recovered = await guest.run('faultline recover --json /sys/fs/pstore')
      assert.match(recovered.output, /"kind":"sysrq-crash"|sysrq/, recovered.output)
      // A block near the end that no file has: on the disk, but not flushed.
      const block = (what: string): string =>
        `disk=$(sed -n 's| /disks/spool .*||p' /proc/mounts); ${what.replaceAll('DISK', '$disk')}`
      await guest.run(
        block('head -c 4096 /dev/urandom >/tmp/noise; dd if=/tmp/noise of=DISK bs=4096 seek=4000 oflag=direct'),
      )
      const there = 'dd if=DISK bs=4096 skip=4000 count=1 iflag=direct 2>/dev/null | tr -d "\\0" | wc -c'
      assert.ok(Number((await guest.run(block(there))).output) > 4000)
      await guest.powerCycle()
      assert.equal((await guest.run(block(there))).output.trim(), '0')
      assert.deepEqual(await guest.read('/disks/spool/kept'), bytes)
      assert.match(guest.log, /sysrq: Trigger a crash/)
    } finally {
      await guest.stop()
    }
  } catch (error) {
    skipUnavailable(t, error)
  } finally {
    server.close()
  }
})
