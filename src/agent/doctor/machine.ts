// The machine that the checks look at.

import { gunzipSync } from 'node:zlib'
import type { System } from '../system.ts'
import type { Machine } from './check.ts'

export function machineOf(system: System, data: string): Machine {
  const release = system.text('/proc/sys/kernel/osrelease') ?? ''
  return { system, data, release, commandLine: system.text('/proc/cmdline') ?? '', config: configOf(system, release) }
}

/** /proc/config.gz (CONFIG_IKCONFIG_PROC), or where distributions put it. */
function configOf(system: System, release: string): Machine['config'] {
  const text =
    packedText(system.bytes('/proc/config.gz')) ??
    placesOf(release)
      .map(path => system.text(path))
      .find(Boolean)
  if (text === undefined) return undefined
  const config = new Map<string, string>()
  for (const line of text.split('\n')) {
    const set = /^CONFIG_(?<name>\w+)=(?<value>.*)$/.exec(line)?.groups
    if (set !== undefined) config.set(set['name']!, set['value']!.replace(/^"(.*)"$/, '$1'))
  }
  return config.size === 0 ? undefined : config
}

const placesOf = (release: string): string[] => [
  `/boot/config-${release}`,
  `/lib/modules/${release}/config`,
  `/usr/lib/modules/${release}/config`,
  `/lib/modules/${release}/build/.config`,
]

function packedText(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined
  try {
    return gunzipSync(bytes, { maxOutputLength: 16 * 1024 * 1024 }).toString()
  } catch {
    return undefined
  }
}
