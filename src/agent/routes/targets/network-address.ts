// Another machine's address: `host`, `host:port`, `[2001:db8::1]:port`.

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
