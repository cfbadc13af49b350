// Kernels that log over netconsole: each has an address of its own, as receivers tell them apart by it, and numbers its records
// without a gap, from one rate to the next.

import { createSocket, type Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'

export const HOSTS = 16

/** Of several kernels, on this machine. */
export class Kernels {
  #sockets: Socket[]
  /** of all their records; they take turns */
  #sent = 0

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets
  }

  /** That send to this port of 127.0.0.1. */
  static async at(port: number): Promise<Kernels> {
    const sockets = await Promise.all(
      Array.from({ length: HOSTS }, async (_, host) => {
        const socket = createSocket('udp4')
        await new Promise<void>(resolve => socket.bind(0, `127.0.1.${host + 1}`, resolve))
        socket.connect(port, '127.0.0.1')
        await new Promise<void>(resolve => socket.once('connect', () => resolve()))
        // Before the receiver listens, and after it died, the port refuses; both are seen from what it has received.
        socket.on('error', () => {})
        return socket
      }),
    )
    return new Kernels(sockets)
  }

  /** A record of each. */
  greet(): void {
    for (let host = 0; host < HOSTS; host++) this.#send()
  }

  /** For so many seconds, records a second of all; how many they were. */
  async sendAt(rate: number, seconds: number): Promise<number> {
    let sent = 0
    const began = performance.now()
    while (performance.now() - began < seconds * 1000) {
      const due = Math.floor(((performance.now() - began) / 1000) * rate)
      for (; sent < due; sent++) this.#send()
      await sleep(1)
    }
    await sleep(500)
    return sent
  }

  close(): void {
    for (const socket of this.#sockets) socket.close()
  }

  /** An extended record (Documentation/networking/netconsole.rst) of 200 bytes on average. */
  #send(): void {
    const sequence = Math.floor(this.#sent / HOSTS)
    const text = `6,${sequence},${sequence * 17},-;usb 1-${sequence % 8}: device descriptor read/64, ${'detail '.repeat(18)}${sequence}\n`
    this.#sockets[this.#sent % HOSTS]!.send(text)
    this.#sent++
  }
}
