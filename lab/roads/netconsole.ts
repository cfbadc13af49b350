// Documentation/networking/netconsole.rst: datagrams of text, or with `+` of whole records. QEMU's user network hands them
// to sockets of the host.

import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import type { OpenRoad, Road } from './road.ts'

/** The host in QEMU's user network, and its gateway's address as QEMU makes it up. */
const HOST = '10.0.2.2'
const GATEWAY = '52:55:0a:00:02:02'

async function listen(): Promise<{ socket: Socket; port: number; datagrams: Buffer[] }> {
  const socket = createSocket('udp4')
  const datagrams: Buffer[] = []
  socket.on('message', message => datagrams.push(message))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', resolve)
  })
  socket.setRecvBufferSize(8 * 1024 * 1024)
  return { socket, port: (socket.address() as AddressInfo).port, datagrams }
}

async function open(network: string | undefined, form: 'plain' | 'extended'): Promise<OpenRoad> {
  const { socket, port, datagrams } = await listen()
  const target = `${form === 'extended' ? '+' : ''}6665@10.0.2.15/eth0,${port}@${HOST}/${GATEWAY}`
  const bring = ['virtio_pci', 'virtio_mmio', 'virtio_net'].map(name => `modprobe ${name} 2>/dev/null`).join('; ')
  return {
    qemu: ['-netdev', 'user,id=net0', '-device', `${network},netdev=net0`],
    prepare: `${bring}
tries=0
while [ ! -d /sys/class/net/eth0 ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
ifconfig eth0 10.0.2.15 up && modprobe netconsole netconsole=${target}`,
    evidence: () => [
      {
        name: `netconsole-${form}`,
        // A receiver that keeps no more than the datagrams ends each with a line break.
        bytes: Buffer.concat(datagrams.flatMap(each => [each, ...(each.at(-1) === 10 ? [] : [Buffer.from('\n')])])),
      },
    ],
    close: () => socket.close(),
  }
}

function road(form: 'plain' | 'extended'): Road {
  return {
    name: form === 'plain' ? 'netconsole' : 'netconsole-extended',
    what: `${form} netconsole datagrams over a virtio network card`,
    sees: 'all',
    group: 'network',
    lacks: guest => (guest.network === undefined ? 'no network card that can send while the kernel dies' : undefined),
    open: guest => open(guest.network, form),
  }
}

export const netconsole = road('plain')
export const netconsoleExtended = road('extended')
