// Kernels that log over netconsole. Each has an address of its own, since receivers tell them apart by it, and its records are
// numbered without a gap, from one rate to the next too.

import { createSocket, type Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'

export const HOSTS = 16

/** All on this machine. */
export class Kernels {
  #sockets: Socket[]
  /** of all their records; they take turns */
  #sent = 0

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets
  }

  /** They send to this port of 127.0.0.1. */
  static async at(port: number): Promise<Kernels> {
    const sockets = await Promise.all(
      Array.from({ length: HOSTS }, async (_, host) => {
        const socket = createSocket('udp4')
        await new Promise<void>(resolve => socket.bind(0, `127.0.1.${host + 1}`, resolve))
        socket.connect(port, '127.0.0.1')
        await new Promise<void>(resolve => socket.once('connect', () => resolve()))
        // The port refuses before the receiver listens and after it died: what it has received shows both.
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

  /** `rate` records a second of all together, for so long; how many they were. What was late is sent at once. */
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
