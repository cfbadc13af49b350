// netconsole: what other kernels send over UDP while they run and while they die.

import type { AddressInfo } from 'node:net'
import { NetconsoleReader } from '../../core/log/datagrams.ts'
import type { LogRecord } from '../../core/model.ts'
import { readAddress } from './address.ts'
import { Senders } from './senders.ts'
import type { CaptureSource } from './source.ts'
import { droppedDatagrams, listenUdp } from './udp.ts'

/** drivers/net/netconsole.c, default_target: remote_port */
const DEFAULT_PORT = 6666

export const netconsole: CaptureSource = {
  name: 'netconsole',
  what: 'other machines’ netconsole, plain and extended, by UDP',
  argument: '[HOST][:PORT]',
  own: false,
  async open(argument, sink, { maxSenders }) {
    const address = readAddress('netconsole', argument, DEFAULT_PORT)
    const counts = { datagrams: 0, missing: 0 }
    const senders = new Senders(
      maxSenders,
      name => ({ name, reader: new NetconsoleReader() }),
      ({ name, reader }) => give(name, new Uint8Array(), reader.settle(Number.POSITIVE_INFINITY)),
    )
    const give = (name: string, bytes: Uint8Array, records: LogRecord[]): void => {
      for (const record of records) {
        record.host ??= name
        if (record.lostBefore === undefined) continue
        counts.missing += record.lostBefore
        sink.lost(
          record.lostBefore,
          `netconsole of ${name}: records before ${record.sequence} did not come (lost, or below its console level)`,
        )
      }
      if (bytes.length > 0 || records.length > 0) sink.take({ stream: name, bytes, records })
    }
    const socket = await listenUdp('netconsole', address, sink, (message, from) => {
      counts.datagrams++
      give(from, message, senders.of(from).reader.push(message, performance.now()))
    })
    const { port } = socket.address() as AddressInfo
    return {
      settle(now) {
        for (const { name, reader } of senders.all()) give(name, new Uint8Array(), reader.settle(now))
        return true
      },
      stats: () => ({
        ...counts,
        port,
        senders: senders.size,
        sendersForgotten: senders.forgotten,
        dropped: droppedDatagrams(port, address.six) ?? 0,
      }),
      close() {
        socket.close()
        for (const { name, reader } of senders.all())
          give(name, new Uint8Array(), reader.settle(Number.POSITIVE_INFINITY))
      },
    }
  },
}
