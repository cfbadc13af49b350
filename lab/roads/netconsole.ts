// Documentation/networking/netconsole.rst: datagrams of text, or with `+` of whole records. QEMU's user network hands them
// to sockets of the host.

import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import type { Guest } from '../guests/index.ts'
import type { OpenRoad, Road } from './road.ts'

/** The host in QEMU's user network, and its gateway's address as QEMU makes it up. */
const HOST = '10.0.2.2'
const GATEWAY = '52:55:0a:00:02:02'

interface Receiver {
  port: number
  datagrams: Buffer[]
  close(): void
}

async function listen(): Promise<Receiver> {
  const socket = createSocket('udp4')
  const datagrams: Buffer[] = []
  socket.on('message', message => datagrams.push(message))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', resolve)
  })
  socket.setRecvBufferSize(8 * 1024 * 1024)
  return { port: (socket.address() as AddressInfo).port, datagrams, close: () => socket.close() }
}

/** A card in QEMU's user network. Ports of the host's own loopback lead to those of the guest, by number. */
export function networkCard({ network }: Guest, forward: Readonly<Record<number, number>> = {}): string[] {
  const forwards = Object.entries(forward).map(([host, guest]) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`)
  return ['-netdev', `user,id=net0${forwards.join('')}`, '-device', `${network},netdev=net0`]
}

/** Shell that waits for the card and gives it its address. */
export const bringNetworkUp = `for each in virtio_pci virtio_mmio virtio_net; do modprobe $each 2>/dev/null; done
tries=0
while [ ! -d /sys/class/net/eth0 ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
ifconfig lo 127.0.0.1 up; ifconfig eth0 10.0.2.15 up`

/** netconsole's words for a receiver at this port of the host. */
export const targetAt = (port: number): string => `6665@10.0.2.15/eth0,${port}@${HOST}/${GATEWAY}`

type Form = 'plain' | 'extended'
type Receivers = Record<Form, Receiver>

/** Of boots that are being set up, by their folder: both roads share one boot, whose netconsole has a target for each. */
const receivers = new Map<string, Promise<Receivers>>()

function receiversOf(folder: string): Promise<Receivers> {
  let both = receivers.get(folder)
  if (both === undefined) {
    both = Promise.all([listen(), listen()]).then(([plain, extended]) => ({ plain, extended }))
    receivers.set(folder, both)
  }
  return both
}

async function open(guest: Guest, folder: string, form: Form): Promise<OpenRoad> {
  const both = await receiversOf(folder)
  return {
    qemu: networkCard(guest),
    prepare: `${bringNetworkUp} && modprobe netconsole 'netconsole=${targetAt(both.plain.port)};+${targetAt(both.extended.port)}'`,
    evidence: () => [
      {
        name: `netconsole-${form}`,
        // A receiver that keeps no more than the datagrams ends each with a line break.
        bytes: Buffer.concat(
          both[form].datagrams.flatMap(each => [each, ...(each.at(-1) === 10 ? [] : [Buffer.from('\n')])]),
        ),
      },
    ],
    close: () => {
      if (!receivers.delete(folder)) return
      for (const receiver of Object.values(both)) receiver.close()
    },
  }
}

function road(form: Form): Road {
  return {
    name: form === 'plain' ? 'netconsole' : 'netconsole-extended',
    what: `${form} netconsole datagrams over a virtio network card`,
    sees: 'all',
    group: 'network',
    setup: 'netconsole',
    lacks: guest => (guest.network === undefined ? 'no network card that can send while the kernel dies' : undefined),
    open: (guest, folder) => open(guest, folder, form),
  }
}

export const netconsole = road('plain')
export const netconsoleExtended = road('extended')
