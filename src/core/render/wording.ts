// The words and units that every view shares.

import type { DamageName, Frame, Place, SeverityName } from '../model.ts'
import { say } from '../say.ts'

/** What each damage means for the reader. */
export const damageWords: Record<DamageName, string> = {
  torn: say`a line breaks off or two ran into one`,
  interleaved: say`lines of something else stand between`,
  'missing-end': say`the log ends before the report does`,
  'missing-start': say`the log starts inside the report`,
  'missing-part': say`a part that this kind prints is not there`,
  'lost-records': say`lines were lost`,
  truncated: say`longer than the bound, cut`,
}

/** Taint letters in two or three words; Documentation/admin-guide/tainted-kernels.rst has them at length. */
export const taintWords: Partial<Record<string, string>> = {
  P: say`proprietary module`,
  F: say`module loaded by force`,
  S: say`CPU out of specification`,
  R: say`module unloaded by force`,
  M: say`machine check before`,
  B: say`bad page before`,
  U: say`asked for by user space`,
  D: say`died before`,
  A: say`ACPI table overridden`,
  W: say`warned before`,
  C: say`staging driver`,
  I: say`firmware bug worked around`,
  O: say`out-of-tree module`,
  E: say`unsigned module`,
  L: say`soft lockup before`,
  K: say`live-patched`,
  T: say`structs in random order`,
  N: say`in-kernel test ran`,
}

/** Most severe first: the order of counts and filters. */
export const severityOrder: readonly SeverityName[] = [
  'panic',
  'oops',
  'bug',
  'stall',
  'oom',
  'hardware',
  'warning',
  'user',
  'notice',
]

const hexadecimal = (value: number): string => `0x${value.toString(16)}`

/** "fl_run+0x138/0x51a", or the bare address where the kernel found no symbol. */
export function frameName(frame: Frame): string {
  if (frame.symbol === undefined) return frame.address ?? say`(unknown)`
  if (frame.offset === undefined) return frame.symbol
  const size = frame.size === undefined ? '' : `/${hexadecimal(frame.size)}`
  return `${frame.symbol}+${hexadecimal(frame.offset)}${size}`
}

/** "fl_run+0x138/0x51a [fltrig]" */
export const frameWithModule = (frame: Frame): string =>
  frame.module === undefined ? frameName(frame) : `${frameName(frame)} [${frame.module}]`

/** "src/fltrig.c:120", or undefined where it is not known. */
export function placeText(place: Place | undefined): string | undefined {
  if (place === undefined || 'unknown' in place) return undefined
  return `${place.file}:${place.line}${place.column === undefined ? '' : `:${place.column}`}`
}

/** Width of a text in terminal cells: East Asian wide and emoji take two, marks none (UAX #11, the common part). */
export function cellsOf(text: string): number {
  if (!/[^\x20-\x7e]/.test(text)) return text.length
  let cells = 0
  for (const character of text) {
    if (/\p{Mn}|\p{Me}/u.test(character)) continue
    cells += wide.test(character) ? 2 : 1
  }
  return cells
}
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** The greatest width of a column, 0 of none. A loop: a hostile log has more rows than a call has arguments. */
export function widest(cells: readonly number[]): number {
  let most = 0
  for (const each of cells) if (each > most) most = each
  return most
}

/** At most `cells` wide; what is left out shows as "…". */
export function clip(text: string, cells: number): string {
  if (text.length <= cells && cellsOf(text) <= cells) return text
  let used = 0
  let kept = ''
  for (const character of text) {
    used += cellsOf(character)
    if (used > cells - 1) break
    kept += character
  }
  return `${kept}…`
}

/** A count with its noun: "1 report", "3 reports". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Kibibytes as a person reads them: 812 KiB, 1.4 GiB. Three digits at most. */
export function kibibytes(value: number): string {
  let amount = value
  for (const unit of ['KiB', 'MiB', 'GiB', 'TiB']) {
    if (Math.abs(amount) < 1000 || unit === 'TiB') {
      return `${Number.isInteger(amount) || Math.abs(amount) >= 100 ? Math.round(amount) : amount.toFixed(1)} ${unit}`
    }
    amount /= 1024
  }
  return `${value} KiB`
}

/** Microseconds since boot: "9.231914 s", and from one hour on also "3 d 02:11:09". */
export function sinceBoot(microseconds: number): string {
  const exact = `${(microseconds / 1e6).toFixed(6)} s`
  const seconds = Math.floor(microseconds / 1e6)
  if (seconds < 3600) return say`${exact} after boot`
  const two = (value: number): string => String(value).padStart(2, '0')
  const days = Math.floor(seconds / 86400)
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return say`${exact} after boot (${days > 0 ? `${days} d ${clock}` : clock})`
}

/** "totalVmKb" → "total vm": a key of the memory tables as a heading; the unit goes where the cells carry it. */
export function columnWords(key: string): string {
  const words = key.replace(/(Kb|Bytes)$/, '')
  return (words === '' ? key : words)
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
}
