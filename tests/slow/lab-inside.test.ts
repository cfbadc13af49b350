// A guest that is led by hand: Node and the command inside it, the network, ramoops through a crash, a disk through power off.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openGuest } from '../../lab/open-guest.ts'
import { Unavailable } from '../../lab/packages.ts'

test('the command runs in a guest, and what the guest kept is there after a crash and after a power cycle', async t => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('heard')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const guest = await openGuest({ faultline: true, network: true, ramoops: true, disks: { spool: 16 } })
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
      await guest.powerCycle()
      assert.deepEqual(await guest.read('/disks/spool/kept'), bytes)
      assert.match(guest.log, /sysrq: Trigger a crash/)
    } finally {
      await guest.stop()
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    t.skip(error.message)
  } finally {
    server.close()
  }
})
