// From a file in /boot to the kernel in it: wrapper after wrapper is taken off until the kernel itself is there.

import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import {
  beginsWith,
  type Compression,
  compressions,
  type HostDecoders,
  MAX_IMAGE_BYTES,
  recogniseCompression,
  type Unpacked,
} from './compression.ts'
import { type Container, containers, nameOfKernel, type Payload } from './containers.ts'
import { bannerOffset, findBanner, findBytes } from './find.ts'

/** A wrapper that was taken off. */
export interface Layer {
  /** e.g. `bzImage`, `xz` */
  name: string
  /** of the payload in what the layer was read from */
  offset: number
}

export interface KernelImage {
  /** from the outside in */
  layers: readonly Layer[]
  /** what the innermost bytes are, e.g. `vmlinux (ELF)` */
  kind: string
  /** the kernel: an ELF file, or memory as it is loaded */
  bytes: Uint8Array
  /** linux_banner, when it is in there */
  banner?: string
  /** what a container says of its kernel */
  label?: string
  /** why this is not all of it */
  damage?: string
}

/** uImage around zImage around a compressed kernel are four. */
const MAX_LAYERS = 6

/** Beginnings of compressed data that are tried in one image: a kernel's own payload is among the first. */
const MAX_ATTEMPTS = 64

/** Smaller than any kernel; such findings are fonts, keys, microcode. */
const LEAST_KERNEL_BYTES = 64 * 1024

/**
 * Takes all wrappers off. Throws FormatError when there is a wrapper and no kernel can be had from it; bytes without any
 * wrapper are given as they are, kernel or not.
 */
export async function openKernelImage(
  name: string,
  bytes: Uint8Array,
  host: HostDecoders,
  limit = MAX_IMAGE_BYTES,
): Promise<KernelImage> {
  const layers: Layer[] = []
  let label: string | undefined
  let damage: string | undefined
  let inner = bytes
  let banner = bannerOffset(inner)
  while (layers.length < MAX_LAYERS) {
    const unpacked = layers.some(layer => compressions.some(each => each.name === layer.name))
    if (unpacked && banner >= 0) break
    const step = await unwrap(name, inner, banner, host, limit)
    if (step === undefined) break
    layers.push(...step.layers)
    label ??= step.label
    damage ??= step.damage
    inner = step.bytes
    banner = bannerOffset(inner)
  }
  const text = banner < 0 ? undefined : findBanner(inner, banner)
  return {
    layers,
    kind: nameOfKernel(inner),
    bytes: inner,
    ...(text === undefined ? {} : { banner: text }),
    ...(label === undefined ? {} : { label }),
    ...(damage === undefined ? {} : { damage }),
  }
}

interface Step extends Unpacked {
  layers: Layer[]
  label?: string
}

/** One wrapper less; undefined when there is none. `banner` is where the bytes have one, or -1. */
async function unwrap(
  name: string,
  bytes: Uint8Array,
  banner: number,
  host: HostDecoders,
  limit: number,
): Promise<Step | undefined> {
  const image = new Cursor(name, bytes, 'little')
  const packed = recogniseCompression(bytes)
  if (packed !== undefined) {
    const unpacked = await packed.unpack(bytes, limit, host)
    if (unpacked.bytes.length === 0)
      throw new FormatError(name, 0, unpacked.damage ?? say`the ${packed.name} data is empty`)
    return { ...unpacked, layers: [{ name: packed.name, offset: 0 }] }
  }
  const container = containers.find(each => each.begins(image))
  if (container?.payload !== undefined) {
    const step = await takePayload(image, container, host, limit)
    if (step !== undefined) return step
  }
  // A kernel that is not packed says so in its banner. It has archives in it too: its configuration, an initramfs. But
  // some ways of packing leave the banner readable.
  const readable = container?.packed !== true && banner >= 0
  const found = await search(bytes, host, limit, readable ? banner : undefined)
  if (found !== undefined) {
    if (container !== undefined) found.layers.unshift({ name: container.name, offset: found.layers[0]!.offset })
    const label = labelOf(image, container)
    return { ...found, ...(label === undefined ? {} : { label }) }
  }
  if (readable || container === undefined || container.name === 'ELF wrapper' || banner >= 0) return undefined
  throw new FormatError(name, 0, say`a ${container.name} in which no kernel was found, packed or not`)
}

/** The payload as the container's fields give it; undefined when there is no kernel at that place. */
async function takePayload(
  image: Cursor,
  container: Container,
  host: HostDecoders,
  limit: number,
): Promise<Step | undefined> {
  const payload = payloadOf(image, container)
  if (payload === undefined) return undefined
  const label = labelOf(image, container)
  const inner = image.bytes.subarray(payload.start, payload.start + payload.length)
  const layer = { name: container.name, offset: payload.start }
  const packed = recogniseCompression(inner)
  const given = label === undefined ? {} : { label }
  if (packed !== undefined) {
    const unpacked = await packed.unpack(inner, limit, host)
    if (unpacked.bytes.length > 0) {
      return { ...unpacked, ...given, layers: [layer, { name: packed.name, offset: payload.start }] }
    }
    throw image.error(unpacked.damage ?? say`the ${packed.name} data is empty`, payload.start)
  }
  const unpackedKernel = containers.some(each => each.begins(new Cursor(image.format, inner, 'little')))
  if (unpackedKernel || bannerOffset(inner) >= 0) return { bytes: inner, ...given, layers: [layer] }
  return undefined
}

/** A container whose fields point outside of it is searched instead. */
function payloadOf(image: Cursor, container: Container): Payload | undefined {
  try {
    const payload = container.payload!(image)
    return payload !== undefined && payload.length > 0 && payload.start + payload.length <= image.length
      ? payload
      : undefined
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function labelOf(image: Cursor, container: Container | undefined): string | undefined {
  try {
    return container?.says?.(image)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/**
 * The first compressed data in these bytes that holds a kernel. What breaks off is taken when nothing whole is there.
 * `banner`: where one is readable; then only what shows the text that it packs, and begins before it.
 */
async function search(
  bytes: Uint8Array,
  host: HostDecoders,
  limit: number,
  banner: number | undefined,
): Promise<Step | undefined> {
  let torn: Step | undefined
  // All attempts together unpack no more than the limit: an image may be full of bombs.
  let left = limit
  for (const { offset, compression } of beginnings(bytes, banner)) {
    const unpacked = await compression.unpack(bytes.subarray(offset), left, host)
    left -= unpacked.bytes.length
    if (unpacked.bytes.length < LEAST_KERNEL_BYTES || bannerOffset(unpacked.bytes) < 0) continue
    const step = { ...unpacked, layers: [{ name: compression.name, offset }] }
    if (unpacked.damage === undefined) return step
    if (torn === undefined || torn.bytes.length < unpacked.bytes.length) torn = step
  }
  return torn
}

interface Beginning {
  offset: number
  compression: Compression
}

/** Where compressed data may begin, in order of the offset. */
function beginnings(bytes: Uint8Array, banner: number | undefined): Beginning[] {
  const found: Beginning[] = []
  const looked = bytes.subarray(0, banner ?? bytes.length)
  for (const compression of compressions) {
    if (banner !== undefined && compression.showsText !== true) continue
    for (const magic of compression.magic) {
      let count = 0
      for (let at = findBytes(looked, magic); at >= 0 && count < MAX_ATTEMPTS; at = findBytes(looked, magic, at + 1)) {
        if (!beginsWith(compression, bytes.subarray(at, at + 64))) continue
        found.push({ offset: at, compression })
        count++
      }
    }
  }
  return found.sort((a, b) => a.offset - b.offset).slice(0, MAX_ATTEMPTS)
}
