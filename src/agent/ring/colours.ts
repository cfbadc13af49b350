// Colours of dmesg: terminal-colors.d(5) as util-linux reads it. Logical names are those of dmesg(1).

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const colourNames = ['subsys', 'time', 'timebreak', 'alert', 'crit', 'err', 'warn', 'segfault'] as const
export type ColourName = (typeof colourNames)[number]
export type ColourScheme = Readonly<Record<ColourName, string>>

const ESC = '\x1b['
export const RESET = `${ESC}0m`

export const defaultScheme: ColourScheme = {
  subsys: `${ESC}33m`,
  time: `${ESC}32m`,
  timebreak: `${ESC}32m${ESC}1m`,
  alert: `${ESC}7m${ESC}31m`,
  crit: `${ESC}1m${ESC}31m`,
  err: `${ESC}31m`,
  warn: `${ESC}1m`,
  segfault: `${ESC}2m${ESC}31m`,
}

/** Names that a scheme may use for a sequence. util-linux, include/color-names.h */
const sequences: Record<string, string> = {
  black: '30',
  blink: '5',
  blue: '34',
  bold: '1',
  brown: '33',
  cyan: '36',
  darkgray: '1;30',
  gray: '37',
  green: '32',
  halfbright: '2',
  lightblue: '1;34',
  lightcyan: '1;36',
  lightgray: '37',
  lightgreen: '1;32',
  lightmagenta: '1;35',
  lightred: '1;31',
  magenta: '35',
  red: '31',
  reset: '0',
  reverse: '7',
  white: '1;37',
  yellow: '1;33',
}

export interface ColourConfig {
  /** false: a file NAME.disable outweighs those that enable */
  enabled: boolean
  scheme: ColourScheme
}

interface Found {
  score: number
  path: string
}

const kinds = ['disable', 'enable', 'scheme'] as const
type Kind = (typeof kinds)[number]

/** What the first of these folders that is there says for dmesg on this terminal. Never throws: no folder, no word. */
export function readColourConfig(folders: readonly string[], terminal: string | undefined): ColourConfig {
  for (const folder of folders) {
    let names: string[]
    try {
      names = readdirSync(folder)
    } catch {
      continue
    }
    const best = bestFiles(folder, names, terminal)
    const enabled = (best.get('disable')?.score ?? 0) <= (best.get('enable')?.score ?? 0)
    const scheme = best.get('scheme')
    return { enabled, scheme: scheme === undefined ? defaultScheme : readScheme(scheme.path) }
  }
  return { enabled: true, scheme: defaultScheme }
}

/** [[NAME][@TERM].]KIND: the more a name says, the more it weighs. */
function bestFiles(folder: string, names: readonly string[], terminal: string | undefined): Map<Kind, Found> {
  const best = new Map<Kind, Found>()
  for (const name of names) {
    const found = /^(?:(?<program>[^@.][^@]*)?(?:@(?<term>.+))?\.)?(?<kind>disable|enable|scheme)$/.exec(name)?.groups
    if (found === undefined) continue
    const { program, term } = found
    if (program !== undefined && program !== 'dmesg') continue
    if (term !== undefined && term !== terminal) continue
    const score = 1 + (program === undefined ? 0 : 20) + (term === undefined ? 0 : 10)
    const kind = found['kind'] as Kind
    if (score >= (best.get(kind)?.score ?? 0)) best.set(kind, { score, path: join(folder, name) })
  }
  return best
}

/** Lines of `name sequence`; the sequence a name of a colour, or the numbers of an escape, or with \e written out. */
function readScheme(path: string): ColourScheme {
  const scheme: Record<ColourName, string> = { ...defaultScheme }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return scheme
  }
  for (const line of text.split('\n')) {
    const [name, sequence] = line.trim().split(/\s+/)
    if (name === undefined || sequence === undefined || name.startsWith('#')) continue
    const known = colourNames.find(each => each === name)
    const painted = escapeOf(sequence)
    if (known !== undefined && painted !== undefined) scheme[known] = painted
  }
  return scheme
}

/** Only what selects colours is taken: SGR of ECMA-48 §8.3.117. */
function escapeOf(text: string): string | undefined {
  const numbers = sequences[text] ?? text.replace(/^(?:\\e|\\033|\\x1b)\[/i, '').replace(/m$/, '')
  return /^\d{1,3}(?:;\d{1,3}){0,8}$/.test(numbers) ? `${ESC}${numbers}m` : undefined
}
