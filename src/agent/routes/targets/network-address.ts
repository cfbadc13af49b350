// Another machine's address: `host`, `host:port`, `[2001:db8::1]:port`.

import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { lookupGate } from '../gate.ts'
import { TargetError } from './target.ts'

export interface NetworkAddress {
  host: string
  port: number
}

/** Throws TargetError. */
export function readAddress(text: string, defaultPort: number): NetworkAddress {
  const found = /^(?:\[(?<v6>[0-9a-fA-F:.]{2,45}(?:%\w{1,16})?)\]|(?<name>[\w.-]{1,253}))(?::(?<port>\d{1,5}))?$/.exec(
    text,
  )?.groups
  const port = Number(found?.['port'] ?? defaultPort)
  if (found === undefined || port < 1 || port > 65_535) {
    throw new TargetError(`"${text}": a host, HOST:PORT or [IPV6]:PORT was expected`)
  }
  return { host: (found['v6'] ?? found['name'])!, port }
}

/** By getaddrinfo(3), so that /etc/hosts counts, and never more than one at a time. */
export const addressOf = (host: string): Promise<{ address: string; family: number }> =>
  lookupGate.run(() => lookup(host))

/** The same for net.connect(). */
export const lookupForSocket: LookupFunction = (host, options, done) => {
  lookupGate
    .run(() => lookup(host, { ...options, all: true }))
    .then(
      found => {
        if (options.all) done(null, found)
        else done(null, found[0]!.address, found[0]!.family)
      },
      (error: NodeJS.ErrnoException) => done(error, '', 0),
    )
}
