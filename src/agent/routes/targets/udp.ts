// Syslog over UDP, RFC 5426: a datagram a message. What the network drops nobody learns.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Message } from '../message.ts'
import { protocolOf } from './network.ts'
import { addressOf, readAddress } from './network-address.ts'
import { syslogMessages } from './network-framing.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

const PORT = 514

/** The address of a name is asked for again after so long. */
const LOOKUP_MS = 60_000

export const udp: TargetKind = {
  name: 'udp',
  forms: ['@HOST[:PORT]', 'udp://HOST[:PORT]'],
  options: ['name'],
  recognise(word, options) {
    const text = /^(?:@(?!@)|udp:\/\/)(?<address>.*)$/s.exec(word)?.groups?.['address']
    if (text === undefined) return undefined
    const { host: peer, port } = readAddress(text, PORT)
    const protocol = protocolOf(options)
    return host =>
      udpChannel(
        peer,
        port,
        () => host.now(),
        message => syslogMessages(message, protocol, options.name ?? host.hostname),
      )
  },
}

function udpChannel(
  peer: string,
  port: number,
  now: () => number,
  messagesOf: (message: Message) => Generator<Buffer>,
): Channel {
  let socket: Socket | undefined
  let connectedMs = 0
  let broken: Error | undefined
  const letGo = (): void => {
    socket?.close()
    socket = undefined
  }
  const connect = async (): Promise<Socket> => {
    const { address, family } = await addressOf(peer)
    const opened = createSocket(family === 6 ? 'udp6' : 'udp4')
    broken = undefined
    // e.g. nobody listens there: ECONNREFUSED comes back for a datagram sent before
    opened.on('error', error => {
      broken = error
    })
    opened.connect(port, address)
    await once(opened, 'connect')
    opened.unref()
    connectedMs = now()
    return opened
  }
  return {
    async send(batch) {
      try {
        if (now() - connectedMs > LOOKUP_MS) letGo()
        socket ??= await connect()
        let sent = 0
        for (const message of batch) {
          for (const datagram of messagesOf(message)) await sendOne(socket, datagram)
          if (broken !== undefined) {
            // The refusal is of an earlier datagram: those before it are gone, this one is sent again.
            if (sent > 0) return sent
            throw broken
          }
          sent++
        }
        return sent
      } catch (error) {
        letGo()
        throw new TargetError(`udp://${peer}:${port}: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
    reopen: letGo,
    async close() {
      letGo()
    },
  }
}

const sendOne = (socket: Socket, datagram: Buffer): Promise<void> =>
  new Promise((resolve, reject) => socket.send(datagram, error => (error ? reject(error) : resolve())))
