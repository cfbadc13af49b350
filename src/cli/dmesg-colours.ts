// Whether `faultline dmesg` paints, and how: --color, terminal-colors.d(5), NO_COLOR.

import { join } from 'node:path'
import { type ColourScheme, readColourConfig } from '../agent/ring/colours.ts'
import { type DmesgOptions, RequestError } from '../agent/ring/request.ts'
import type { Terminal } from './terminal.ts'

const SYSTEM_FOLDER = '/etc/terminal-colors.d'

/** undefined: no colours. Throws RequestError for a WHEN that there is not. */
export function coloursOf(options: DmesgOptions, terminal: Terminal): ColourScheme | undefined {
  const when = whenOf(options)
  if (when === 'never' || options.json || options.raw) return undefined
  const { env } = terminal
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : '')
  const folders = home === '' ? [SYSTEM_FOLDER] : [join(home, 'terminal-colors.d'), SYSTEM_FOLDER]
  const config = readColourConfig(folders, env['TERM'])
  if (when === 'always') return config.scheme
  if ((env['NO_COLOR'] ?? '') !== '') return undefined
  if (!terminal.interactive || env['TERM'] === undefined || env['TERM'] === 'dumb') return undefined
  return when === 'auto' || config.enabled ? config.scheme : undefined
}

function whenOf({ color, human }: DmesgOptions): 'auto' | 'always' | 'never' | undefined {
  if (color === undefined) return human ? 'auto' : undefined
  if (color === true) return 'auto'
  const when = String(color).toLowerCase()
  if (when === 'auto' || when === 'always' || when === 'never') return when
  throw new RequestError(`unsupported color mode '${color}'; auto, always or never was expected`)
}
