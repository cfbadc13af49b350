// A UDP socket that listens, and what the kernel threw away of what came to it.

import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { type Address, addressText } from './address.ts'
import { codeOf, messageOf, type Sink, SourceError } from './source.ts'

/** A burst waits here while the agent looks at the one before; the kernel gives at most net.core.rmem_max. */
const RECEIVE_BYTES = 8 * 1024 * 1024

export async function listenUdp(
  source: string,
  address: Address,
  sink: Sink,
  take: (message: Buffer, sender: string) => void,
): Promise<Socket> {
  const socket = createSocket({ type: address.six ? 'udp6' : 'udp4' })
  socket.on('message', (message, { address: from }) => take(message, from))
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      const todo =
        codeOf(error) === 'EACCES'
          ? 'ports below 1024 take root or CAP_NET_BIND_SERVICE'
          : codeOf(error) === 'EADDRINUSE'
            ? 'another program listens there: `ss -ulpn` names it'
            : messageOf(error)
      reject(new SourceError(`${source}:${addressText(address)}: ${todo}`))
    }
    socket.once('error', failed)
    socket.bind(address.port, address.host, () => {
      socket.off('error', failed)
      resolve()
    })
  })
  socket.on('error', error => sink.trouble(`${source}:${addressText(address)}: ${error.message}`))
  try {
    socket.setRecvBufferSize(RECEIVE_BYTES)
  } catch {
    // the system's own size then
  }
  return socket
}

/** Datagrams that came and found the socket's memory full; undefined where the kernel does not say. proc_net_udp. */
export function droppedDatagrams(port: number, six: boolean): number | undefined {
  let table: string
  try {
    table = readFileSync(six ? '/proc/net/udp6' : '/proc/net/udp', 'utf8')
  } catch {
    return undefined
  }
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  let dropped: number | undefined
  for (const line of table.split('\n').slice(1)) {
    const words = line.trim().split(/\s+/)
    // sl local_address rem_address st … drops
    if (words[1]?.endsWith(wanted)) dropped = (dropped ?? 0) + Number(words.at(-1))
  }
  return dropped
}
