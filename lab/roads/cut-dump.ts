// A memory dump cut down to the pages that the reader of its log asks for: small enough to keep, and to become a fixture.

import { writeFileSync } from 'node:fs'
import type { ByteFile } from '../../src/core/bytes/byte-file.ts'
import type { MemoryDump } from '../../src/core/formats/vmcore/dump.ts'
import { machines } from '../../src/core/formats/vmcore/dump.ts'
import { openDump, recoverDump } from '../../src/core/formats/vmcore/vmcore.ts'
import { nodeRecoverHost } from '../../src/node/recover-host.ts'

const PAGE_BYTES = 4096

/** An ELF core file with notes and those pages of the dump; VMCOREINFO as it was found, beside the memory or in it. */
export async function cutDump(file: ByteFile, path: string): Promise<void> {
  const dump = await openDump(file, nodeRecoverHost)
  const pages = new Map<number, Uint8Array>()
  const recording: MemoryDump = {
    ...dump,
    read: async (address, count) => {
      // What looks through all of memory finds what it looks for in single pages.
      const wholesale = count > PAGE_BYTES
      const bytes = await dump.read(address, count)
      const first = address - (address % PAGE_BYTES)
      if (!wholesale && bytes.length > 0 && !pages.has(first)) pages.set(first, await dump.read(first, PAGE_BYTES))
      return bytes
    },
  }
  await recoverDump(recording, file.name)
  writeFileSync(path, elfOf(dump, pages))
}

function elfOf({ machine, order, wordBytes, vmcoreinfo }: MemoryDump, pages: ReadonlyMap<number, Uint8Array>): Buffer {
  const runs: { start: number; pages: Uint8Array[] }[] = []
  for (const [start, page] of [...pages].sort(([a], [b]) => a - b)) {
    const last = runs.at(-1)
    if (last !== undefined && last.start + last.pages.length * PAGE_BYTES === start) last.pages.push(page)
    else runs.push({ start, pages: [page] })
  }
  const note = vmcoreinfo === undefined ? Buffer.alloc(0) : noteOf(vmcoreinfo, order)
  const [headerBytes, entryBytes] = wordBytes === 8 ? [64, 56] : [52, 32]
  let offset = headerBytes + entryBytes * (runs.length + 1)
  const bytes = Buffer.alloc(offset)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const little = order === 'little'
  let at = 0
  const half = (value: number): void => {
    view.setUint16(at, value, little)
    at += 2
  }
  const u32 = (value: number): void => {
    view.setUint32(at, value, little)
    at += 4
  }
  const word = (value: number): void => {
    if (wordBytes === 4) u32(value)
    else {
      view.setBigUint64(at, BigInt(value), little)
      at += 8
    }
  }
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wordBytes === 8 ? 2 : 1, little ? 1 : 2, 1])
  at = 16
  half(4) // ET_CORE
  half(machines.find(({ name }) => name === machine)?.elf ?? 0)
  u32(1)
  word(0)
  word(headerBytes)
  word(0)
  u32(0)
  half(headerBytes)
  half(entryBytes)
  half(runs.length + 1)
  const entry = (type: number, physical: number, size: number): void => {
    u32(type)
    if (wordBytes === 8) u32(0)
    for (const value of [offset, 0, physical, size, size]) word(value)
    if (wordBytes === 4) u32(0)
    word(4)
    offset += size
  }
  at = headerBytes
  entry(4, 0, note.length)
  for (const run of runs) entry(1, run.start, run.pages.length * PAGE_BYTES)
  return Buffer.concat([bytes, note, ...runs.flatMap(run => run.pages)])
}

function noteOf(text: string, order: MemoryDump['order']): Buffer {
  const content = Buffer.from(text, 'latin1')
  const note = Buffer.alloc(24 + Math.ceil(content.length / 4) * 4)
  const view = new DataView(note.buffer, note.byteOffset)
  for (const [index, value] of [11, content.length, 0].entries()) view.setUint32(index * 4, value, order === 'little')
  note.write('VMCOREINFO', 12)
  content.copy(note, 24)
  return note
}
