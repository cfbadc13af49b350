// HOST:PORT as it is written after a source's name.

import { SourceError } from './source.ts'

export interface Address {
  host: string
  port: number
  /** the host is one of IPv6 */
  six: boolean
}

/** `:6666`, `6666`, `192.0.2.1:6666`, `[2001:db8::1]:6666`; without a host, all of the machine's addresses. */
export function readAddress(source: string, argument: string, defaultPort: number): Address {
  const found = /^(?:\[(?<six>[0-9a-fA-F:.%\w]+)\]|(?<host>[^:[\]]*))?(?::?(?<port>\d{1,5}))?$/.exec(
    /^\d+$/.test(argument) ? `:${argument}` : argument,
  )
  const port = Number(found?.groups?.['port'] ?? defaultPort)
  if (found === null || port > 65535)
    throw new SourceError(`${source}:${argument}: expected HOST:PORT, :PORT or [IPV6]:PORT`)
  const { six, host } = found.groups!
  return { host: six ?? (host === '' || host === undefined ? '0.0.0.0' : host), port, six: six !== undefined }
}

export const addressText = ({ host, port, six }: Address): string => (six ? `[${host}]:${port}` : `${host}:${port}`)
