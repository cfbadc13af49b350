// The zones of ramoops in an image of memory: fs/pstore/ram_core.c, struct persistent_ram_buffer. Where they start and how
// large they are is known to the kernel's parameters only, so they are found by their signature.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { type ByteOrder, Cursor } from '../../bytes/cursor.ts'
import { MAX_LOG_BYTES, MAX_LOGS } from '../recovered-log.ts'
import { type EccLayout, eccSizes, layoutWithEcc, repairHeader, repairZone } from './ecc.ts'

export const HEADER_BYTES = 12

/** An image is looked through in pieces of this size. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** A zone whose end is not seen ends here. */
const MAX_ZONE_BYTES = MAX_LOG_BYTES

export interface Zone {
  /** of its header in the image */
  offset: number
  order: ByteOrder
  /** the oldest byte first */
  content: Uint8Array
  /** when error correction was on */
  ecc?: { correctedBytes: number; lostBlocks: number }
  damage: string[]
}

interface Place {
  offset: number
  order: ByteOrder
}

/** "DBGC" as a number of the host's order. */
const SIGNATURE = [0x44, 0x42, 0x47, 0x43] as const

function signatureAt(bytes: Uint8Array, at: number): ByteOrder | undefined {
  const first = bytes[at]
  if (first !== SIGNATURE[0] && first !== SIGNATURE[3]) return undefined
  const order = first === SIGNATURE[0] ? 'little' : 'big'
  for (let index = 1; index < 4; index++) {
    if (bytes[at + index] !== SIGNATURE[order === 'little' ? index : 3 - index]) return undefined
  }
  return order
}

/** Where "DBGC" stands. Zones begin at even offsets: fs/pstore/ram.c, ramoops_init_przs(). */
export async function signatures(file: ByteFile): Promise<Place[]> {
  const found: Place[] = []
  for (let start = 0; start < file.size; start += WINDOW_BYTES) {
    const bytes = await file.read(start, Math.min(WINDOW_BYTES + 2, file.size - start))
    for (let at = 0; at + 4 <= bytes.length; at += 2) {
      const order = signatureAt(bytes, at)
      if (order === undefined) continue
      found.push({ offset: start + at, order })
      if (found.length >= MAX_LOGS) return found
    }
  }
  return found
}

/** All zones, empty ones too. Throws FormatError only when the file itself does not give its bytes. */
export async function readZones(file: ByteFile): Promise<Zone[]> {
  const places = await signatures(file)
  const gaps = places.map(({ offset }, index) => (places[index + 1]?.offset ?? file.size) - offset)
  const usual = mostFrequent(gaps.slice(0, -1))
  const ecc = await eccOf(file, places, gaps, usual)
  const all = ecc === undefined ? places : withTorn(places, usual, file.size)
  const zones: Zone[] = []
  for (const [index, place] of all.entries()) {
    const end = all[index + 1]?.offset ?? file.size
    const bytes = await file.read(place.offset, Math.min(end - place.offset, MAX_ZONE_BYTES))
    const zone = ecc === undefined ? plainZone(place, bytes) : guardedZone(place, copyOf(bytes), usual, ecc)
    if (zone !== undefined) zones.push(zone)
  }
  return zones
}

/** Node's Buffer is a Uint8Array whose slice() shares its memory. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

function plainZone(place: Place, bytes: Uint8Array): Zone | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  return zoneOf(place, bytes, bytes.length - HEADER_BYTES)
}

function guardedZone(place: Place, bytes: Uint8Array, usual: number | undefined, eccBytes: number): Zone | undefined {
  const layout = guardedLayout(bytes, place.order, usual, eccBytes)
  if (layout === undefined) return signatureAt(bytes, 0) === undefined ? undefined : plainZone(place, bytes)
  const ecc = repairZone(bytes, layout, place.order)
  const zone = zoneOf(place, bytes, layout.dataBytes)
  if (ecc.lostBlocks > 0) zone.damage.push(`${ecc.lostBlocks} blocks of ${layout.blockBytes} bytes are beyond repair`)
  return { ...zone, ecc }
}

/** The ring made straight: persistent_ram_save_old(). */
function zoneOf({ offset, order }: Place, bytes: Uint8Array, dataBytes: number): Zone {
  const cursor = new Cursor('ramoops', bytes, order, offset).skip(4)
  const start = cursor.u32()
  const size = cursor.u32()
  const damage: string[] = []
  if (size > dataBytes) damage.push(`its header tells of ${size} bytes where ${dataBytes} are`)
  else if (start > size) damage.push(`its header says that ${size} bytes begin at ${start}`)
  const kept = Math.min(size, dataBytes)
  const turn = start > kept ? 0 : start
  const content = new Uint8Array(kept)
  content.set(bytes.subarray(HEADER_BYTES + turn, HEADER_BYTES + kept))
  content.set(bytes.subarray(HEADER_BYTES, HEADER_BYTES + turn), kept - turn)
  return { offset, order, content, damage }
}

/**
 * Parity bytes of a block, when error correction was on: then a header's parity stands at the end of its zone. An empty
 * header without any parity is nearly the code's zero word, so the signature must come out as it is.
 */
async function eccOf(
  file: ByteFile,
  places: readonly Place[],
  gaps: readonly number[],
  usual: number | undefined,
): Promise<number | undefined> {
  for (const [index, place] of places.entries()) {
    const gap = gaps[index]!
    if (index >= 16 || gap > MAX_ZONE_BYTES) break
    const bytes = await file.read(place.offset, gap)
    for (const size of eccSizes) {
      if (guardedLayout(copyOf(bytes), place.order, usual, size, size / 4) !== undefined) return size
    }
  }
  return undefined
}

/** How a zone with error correction is laid out: the size under which its header is sound. Repairs that header. */
function guardedLayout(
  bytes: Uint8Array,
  order: ByteOrder,
  usual: number | undefined,
  eccBytes: number,
  mayBeWrong = eccBytes,
): EccLayout | undefined {
  const sizes = new Set([bytes.length])
  if (usual !== undefined && usual < bytes.length) sizes.add(usual)
  for (let size = 4096; size < bytes.length; size *= 2) sizes.add(size)
  for (const size of sizes) {
    const layout = layoutWithEcc(size - HEADER_BYTES, eccBytes)
    const header = copyOf(bytes.subarray(0, HEADER_BYTES))
    const wrong = layout && repairHeader(bytes, layout)
    if (layout !== undefined && wrong !== undefined && wrong <= mayBeWrong && signatureAt(bytes, 0) === order)
      return layout
    bytes.set(header)
  }
  return undefined
}

/** Places between the signatures where, by the zones' distance, one must have been torn off its signature. */
function withTorn(places: readonly Place[], usual: number | undefined, size: number): Place[] {
  const first = places[0]
  if (first === undefined || usual === undefined || usual < HEADER_BYTES) return [...places]
  const known = new Set(places.map(({ offset }) => offset))
  const all = [...places]
  const last = places.at(-1)!.offset
  for (let offset = first.offset % usual; offset < Math.min(size - HEADER_BYTES, last + usual); offset += usual) {
    if (all.length >= MAX_LOGS) break
    if (!known.has(offset)) all.push({ offset, order: first.order })
  }
  return all.sort((a, b) => a.offset - b.offset)
}

function mostFrequent(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best: number | undefined
  for (const [value, count] of counts) if (best === undefined || count > counts.get(best)!) best = value
  return best
}
