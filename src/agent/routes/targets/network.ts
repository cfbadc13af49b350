// Syslog over TCP (RFC 6587) and TLS (RFC 5425).

import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { RouteHost } from '../host.ts'
import type { RouteOptions } from '../options.ts'
import { lookupForSocket, type NetworkAddress, readAddress } from './network-address.ts'
import { framed, type Protocol, syslogMessages } from './network-framing.ts'
import { type Channel, TargetError, type TargetKind } from './target.ts'

const TCP_PORT = 514
const TLS_PORT = 6514

/** A connection that is not there by then is given up, and so is one that takes nothing for so long. */
const CONNECT_MS = 15_000
const STUCK_MS = 60_000

/** RFC 5424 unless the older form is asked for. */
export function protocolOf({ format }: RouteOptions): Protocol {
  if (format === undefined || format === 'rfc5424') return 'rfc5424'
  if (format === 'rfc3164' || format === 'syslog') return 'rfc3164'
  throw new TargetError(`format=${format}: another machine is sent rfc5424 or rfc3164`)
}

type Connect = (address: NetworkAddress, connected: () => void) => Socket

export const tcp: TargetKind = {
  name: 'tcp',
  forms: ['@@HOST[:PORT]', 'tcp://HOST[:PORT]'],
  options: ['name', 'framing'],
  recognise(word, options) {
    const text = /^(?:@@|tcp:\/\/)(?<address>.*)$/s.exec(word)?.groups?.['address']
    if (text === undefined) return undefined
    const address = readAddress(text, TCP_PORT)
    const protocol = protocolOf(options)
    return host =>
      streamChannel('tcp', address, protocol, options, host, ({ host: peer, port }, connected) =>
        connectTcp({ host: peer, port, lookup: lookupForSocket }, connected),
      )
  },
}

export const tls: TargetKind = {
  name: 'tls',
  forms: ['tls://HOST[:PORT]'],
  options: ['name', 'framing', 'ca', 'cert', 'key', 'verify'],
  recognise(word, options) {
    const text = /^tls:\/\/(?<address>.*)$/s.exec(word)?.groups?.['address']
    if (text === undefined) return undefined
    const address = readAddress(text, TLS_PORT)
    const protocol = protocolOf(options)
    // Loaded where it is used: Node's TLS and its certificates take two megabytes.
    const connect: Connect = ({ host, port }, connected) =>
      process
        .getBuiltinModule('node:tls')
        .connect({ host, port, lookup: lookupForSocket, ...credentials(options, host) }, connected)
    return host => streamChannel('tls', address, protocol, options, host, connect)
  },
}

/** Read at each connection: certificates are renewed. */
function credentials({ ca, cert, key, verify }: RouteOptions, host: string) {
  const read = (path: string | undefined): Buffer[] => (path === undefined ? [] : [readFileSync(path)])
  return {
    rejectUnauthorized: verify !== false,
    // RFC 6066 §3: a name, no address
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca: read(ca) }),
    ...(cert === undefined ? {} : { cert: read(cert), key: read(key ?? cert) }),
  }
}

function streamChannel(
  scheme: string,
  address: NetworkAddress,
  protocol: Protocol,
  options: RouteOptions,
  host: RouteHost,
  connect: Connect,
): Channel {
  const framing = options.framing ?? 'octet'
  let socket: Socket | undefined
  let broken: Error | undefined
  const letGo = (): void => {
    socket?.destroy()
    socket = undefined
  }
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      broken = undefined
      const opened = connect(address, () => {
        opened.setTimeout(0)
        opened.unref()
        resolve(opened)
      })
      opened.setNoDelay(true)
      opened.setKeepAlive(true, STUCK_MS)
      opened.setTimeout(CONNECT_MS, () => opened.destroy(new Error('no connection in time')))
      opened.on('error', error => {
        broken = error
        reject(error)
      })
      // The receiver says nothing in syslog: when it ends, it is gone.
      opened.on('end', () => opened.destroy(new Error('the other side has closed the connection')))
      opened.on('data', () => {})
      opened.on('close', () => {
        broken ??= new Error('the connection was closed')
        if (socket === opened) socket = undefined
        reject(broken)
      })
    })
  return {
    async send(batch) {
      try {
        socket ??= await open()
        const pieces = batch.flatMap(message => [...syslogMessages(message, protocol, options.name ?? host.hostname)])
        await written(socket, Buffer.concat(pieces.map(piece => framed(piece, framing))), host)
        return batch.length
      } catch (error) {
        letGo()
        const detail = error instanceof Error ? error.message : String(error)
        throw new TargetError(`${scheme}://${address.host}:${address.port}: ${detail}`)
      }
    },
    reopen: letGo,
    close: () => ended(socket),
  }
}

/** Until the system has taken it all; a receiver that takes nothing is given up. */
function written(socket: Socket, bytes: Buffer, host: RouteHost): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = host.after(STUCK_MS, () => {
      socket.destroy(new Error(`the other side took nothing for ${STUCK_MS / 1000} s`))
    })
    const gone = (): void => reject(new Error('the connection broke'))
    socket.once('close', gone)
    socket.write(bytes, error => {
      cancel()
      socket.off('close', gone)
      if (error) reject(error)
      else resolve()
    })
  })
}

const ended = (socket: Socket | undefined): Promise<void> =>
  new Promise(resolve => {
    if (socket === undefined || socket.destroyed) resolve()
    else {
      socket.ref()
      socket.end(() => {
        socket.destroy()
        resolve()
      })
    }
  })
