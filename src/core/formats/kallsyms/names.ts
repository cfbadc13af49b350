// kallsyms_num_syms, kallsyms_names and kallsyms_markers, which stand before the tokens in all layouts. Nothing says
// where they begin: the markers, which rise from 0 in steps of 256 names, are looked for backwards from the tokens; then
// the names, from whose start 256 names after 256 names must land on every marker.

import type { ByteOrder } from '../../bytes/cursor.ts'
import type { TokenTables } from './tokens.ts'

export interface NameTables {
  /** kallsyms_num_syms: its value and offset */
  count: number
  countAt: number
  /** offset of kallsyms_names */
  names: number
  markers: number
  /** 4, or 8 before commit 80ffbaa5b1bd ("kallsyms: reduce size a little on 64-bit") (in v4.20) on 64 bit */
  markerBytes: 4 | 8
  /** one entry for each name: where its length stands */
  starts: Uint32Array
  /** lengths above 127 take two bytes: commit 73bbb94466fd ("kallsyms: support "big" kernel symbols") (in v6.1) */
  big: boolean
}

const CHUNK = 256
/** Shortest and longest run of 256 names: a length and a byte each; two bytes of length and KSYM_NAME_LEN. */
const MIN_STEP = CHUNK * 2
const MAX_STEP = CHUNK * 514
/** kallsyms_seqs_of_names may stand between markers and tokens, three or four bytes a symbol. */
const MAX_GAP = 32 * 1024 * 1024
const MAX_SYMBOLS = MAX_GAP / 4
const MAX_FALSE_MARKERS = 3
/** Word alignment between tables. */
const MAX_PADDING = 7

/** The tables before these tokens; undefined when the tokens are a coincidence or the names are torn. */
export function findNames(bytes: Uint8Array, tokens: TokenTables): NameTables | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = tokens.order === 'little'
  const earliest = Math.max(0, tokens.table - MAX_GAP)
  for (let at = tokens.table - 8; at >= earliest; at -= 4) {
    if (view.getUint32(at, little) !== 0) continue
    for (const markerBytes of [4, 8] as const) {
      const markers = readMarkers(view, at, tokens.table, markerBytes, tokens.order)
      // What follows the last marker may look like one more.
      for (let length = markers.length; length >= Math.max(2, markers.length - MAX_FALSE_MARKERS); length--) {
        const found = findStart(bytes, view, tokens.order, at, markers.slice(0, length), markerBytes)
        if (found !== undefined) return found
      }
    }
  }
  return undefined
}

/** As far as values rise from 0 in possible steps. */
function readMarkers(view: DataView, at: number, end: number, markerBytes: 4 | 8, order: ByteOrder): readonly number[] {
  const little = order === 'little'
  const low = markerBytes === 8 && !little ? 4 : 0
  const markers = [0]
  for (let next = at + markerBytes; next + markerBytes <= end; next += markerBytes) {
    const value = view.getUint32(next + low, little)
    const step = value - markers.at(-1)!
    if (step < MIN_STEP || step > MAX_STEP) break
    if (markerBytes === 8 && view.getUint32(next + 4 - low, little) !== 0) break
    markers.push(value)
  }
  return markers
}

/** The number of symbols stands right before the names, so it must fit the number of markers. */
function findStart(
  bytes: Uint8Array,
  view: DataView,
  order: ByteOrder,
  markersAt: number,
  markers: readonly number[],
  markerBytes: 4 | 8,
): NameTables | undefined {
  const latest = (markersAt - markers.at(-1)! - 2) & ~3
  const earliest = Math.max(8, latest - MAX_STEP - MAX_PADDING)
  for (let names = latest; names >= earliest; names -= 4) {
    for (const countAt of countPlaces(view, names, order)) {
      const count = view.getUint32(countAt, order === 'little')
      if (count > MAX_SYMBOLS || Math.ceil(count / CHUNK) !== markers.length) continue
      for (const big of [true, false]) {
        const starts = walk(bytes, names, count, markers, markersAt, big)
        if (starts !== undefined) return { count, countAt, names, markers: markersAt, markerBytes, starts, big }
      }
    }
  }
  return undefined
}

/** A 32-bit number right before the names, or padded to (or stored as) 64 bits. */
function countPlaces(view: DataView, names: number, order: ByteOrder): number[] {
  const near = view.getUint32(names - 4, order === 'little')
  return near === 0 ? [names - 8] : [names - 4]
}

/** Where each name begins; undefined when one does not land on its marker or the last not before the markers. */
function walk(
  bytes: Uint8Array,
  names: number,
  count: number,
  markers: readonly number[],
  end: number,
  big: boolean,
): Uint32Array | undefined {
  const starts = new Uint32Array(count)
  let at = names
  for (let i = 0; i < count; i++) {
    if (i % CHUNK === 0 && at - names !== markers[i / CHUNK]) return undefined
    starts[i] = at
    let length = bytes[at++]!
    if (big && length >= 0x80) length = (length & 0x7f) | (bytes[at++]! << 7)
    at += length
    // No name is empty, as its type is part of it.
    if (length === 0 || at > end) return undefined
  }
  if (end - at > MAX_PADDING) return undefined
  for (; at < end; at++) if (bytes[at] !== 0) return undefined
  return starts
}
