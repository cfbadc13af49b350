// A port of 127.0.0.1 that nobody has, for a program that must be told one.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

export async function freePort(protocol: 'tcp' | 'udp' = 'tcp'): Promise<number> {
  const socket = protocol === 'tcp' ? createServer().listen(0, '127.0.0.1') : createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const address = socket.address()
  assert.ok(typeof address === 'object' && address !== null)
  socket.close()
  await once(socket, 'close')
  return address.port
}
