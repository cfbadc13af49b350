// syslog from other machines: RFC 3164 and 5424 messages, a datagram each (RFC 5426) or in a stream (RFC 6587), which
// may be encrypted (RFC 5425).

import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { SyslogFrames } from '../../core/log/syslog-frames.ts'
import { addressText, readAddress } from './address.ts'
import { Senders } from './senders.ts'
import { type Capture, type CaptureSource, codeOf, messageOf, type Sink, SourceError } from './source.ts'
import { TextStream } from './text-stream.ts'
import { droppedDatagrams, listenUdp } from './udp.ts'

const UDP_PORT = 514
/** rsyslog's and syslog-ng's usual one for plain TCP */
const TCP_PORT = 514
const MAX_CONNECTIONS = 256
/** RFC 5425, §4.1 */
const TLS_PORT = 6514
const HANDSHAKE_MS = 10_000
/** A connection that says nothing for so long is closed: a sender comes back when it has something to say. */
const IDLE_MS = 24 * 3600 * 1000

const LF = 10

/** Messages as lines: what a bundle's excerpt shows, and every reader of logs takes. */
export function asLines(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(messages.reduce((sum, each) => sum + each.length + 1, 0))
  let at = 0
  for (const message of messages) {
    bytes.set(message, at)
    at += message.length
    if (message.at(-1) !== LF) bytes[at++] = LF
  }
  return bytes.subarray(0, at)
}

export const syslogUdp: CaptureSource = {
  name: 'syslog-udp',
  what: 'syslog messages of other machines, by UDP',
  argument: '[HOST][:PORT]',
  own: false,
  async open(argument, sink, { maxSenders }) {
    const address = readAddress('syslog-udp', argument, UDP_PORT)
    let datagrams = 0
    const senders = new Senders(
      maxSenders,
      name => new TextStream(name, { host: name }),
      text => finish(text, sink),
    )
    const socket = await listenUdp('syslog-udp', address, sink, (message, from) => {
      datagrams++
      sink.take(senders.of(from).push(asLines([message]), performance.now()))
    })
    const { port } = socket.address() as AddressInfo
    return {
      stats: () => ({
        datagrams,
        port,
        senders: senders.size,
        sendersForgotten: senders.forgotten,
        dropped: droppedDatagrams(port, address.six) ?? 0,
      }),
      close() {
        socket.close()
        for (const text of senders.all()) finish(text, sink)
      },
    }
  },
}

function finish(text: TextStream, sink: Sink): void {
  const last = text.flush()
  if (last) sink.take(last)
}

export const syslogTcp: CaptureSource = {
  name: 'syslog-tcp',
  what: 'syslog messages of other machines, by TCP, counted or a line each',
  argument: '[HOST][:PORT]',
  own: false,
  open: (argument, sink) => listenStream('syslog-tcp', argument, TCP_PORT, sink, createServer),
}

/** RFC 5425; who has a certificate by the given authority may send, and without one, everybody. */
export const syslogTls: CaptureSource = {
  name: 'syslog-tls',
  what: 'syslog messages of other machines, by TLS; with CA, only of those that it vouches for',
  argument: 'HOST:PORT,CERT,KEY[,CA]',
  own: false,
  async open(argument, sink) {
    const [address = '', cert, key, ca] = argument.split(',')
    if (cert === undefined || key === undefined)
      throw new SourceError(`syslog-tls:${argument}: expected HOST:PORT,CERT,KEY[,CA], files in PEM`)
    const settings = {
      cert: readPem(cert),
      key: readPem(key),
      handshakeTimeout: HANDSHAKE_MS,
      ...(ca === undefined ? {} : { ca: readPem(ca), requestCert: true, rejectUnauthorized: true }),
    }
    return listenStream('syslog-tls', address, TLS_PORT, sink, heard => {
      const server = createTlsServer(settings, heard)
      // A stranger without a certificate, or one that speaks something else.
      server.on('tlsClientError', () => {})
      return server
    })
  },
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new SourceError(`syslog-tls: ${file} cannot be read: ${messageOf(error)}`)
  }
}

async function listenStream(
  name: string,
  argument: string,
  defaultPort: number,
  sink: Sink,
  create: (heard: (socket: Socket) => void) => Server,
): Promise<Capture> {
  const address = readAddress(name, argument, defaultPort)
  const counts = { connections: 0, messages: 0, refused: 0, cutBytes: 0 }
  const open = new Set<Socket>()
  const server = create(socket => {
    if (open.size >= MAX_CONNECTIONS) {
      counts.refused++
      socket.destroy()
      return
    }
    counts.connections++
    open.add(socket)
    receive(socket, sink, counts)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => {
      const used = codeOf(error) === 'EADDRINUSE'
      const todo = used ? 'another program listens there: `ss -tlpn` names it' : messageOf(error)
      reject(new SourceError(`${name}:${addressText(address)}: ${todo}`))
    })
    server.listen(address.port, address.host, resolve)
  })
  server.on('error', error => sink.trouble(`${name}:${addressText(address)}: ${error.message}`))
  const { port } = server.address() as AddressInfo
  return {
    stats: () => ({ ...counts, port, open: open.size }),
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function receive(socket: Socket, sink: Sink, counts: { messages: number; cutBytes: number }): void {
  const from = socket.remoteAddress ?? ''
  const frames = new SyslogFrames()
  const text = new TextStream(`${from}:${socket.remotePort ?? 0}`, { host: from })
  const take = (messages: readonly Uint8Array[]): void => {
    if (messages.length === 0) return
    counts.messages += messages.length
    sink.take(text.push(asLines(messages), performance.now()))
  }
  let cut = 0
  socket.on('data', chunk => {
    take(frames.push(chunk))
    counts.cutBytes += frames.cutBytes - cut
    cut = frames.cutBytes
  })
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  socket.on('error', () => {}) // 'close' follows
  socket.once('close', () => {
    take(frames.flush())
    finish(text, sink)
  })
}
