// The judge is readelf: every row of every function of a program.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Random } from '../../../../tests/random.ts'
import { compile, has, run, scratchFolder } from '../../../../tests/toolchain.ts'
import { MemoryFile } from '../../bytes/byte-file.ts'
import { addressBase, FormatError } from '../../bytes/cursor.ts'
import { ElfFile } from '../elf/elf-file.ts'
import type { FrameRow } from './frame-rows.ts'
import { FrameTable, frameTableOf } from './frame-table.ts'

const folder = scratchFolder()
const skip = has('gcc') && has('readelf') ? false : 'needs gcc and readelf'

const names = [
  'rax',
  'rdx',
  'rcx',
  'rbx',
  'rsi',
  'rdi',
  'rbp',
  'rsp',
  ...Array.from({ length: 8 }, (_, i) => `r${i + 8}`),
]

/** As readelf's columns have it: "rsp+8", "c-16". */
function printed({ frame, registers }: FrameRow): Record<string, string> {
  const columns: Record<string, string> = {}
  if (frame !== undefined && 'register' in frame) columns['CFA'] = `${names[frame.register]}+${frame.offset}`
  for (const [number, rule] of registers) {
    const name = number === 16 ? 'ra' : names[number]!
    if (rule.is === 'at') columns[name] = `c${rule.offset < 0 ? '' : '+'}${rule.offset}`
  }
  return columns
}

for (const [name, flags] of [
  ['.eh_frame', ['-O2']],
  ['.eh_frame, frame pointers', ['-O1', '-fno-omit-frame-pointer']],
  ['.debug_frame', ['-O2', '-g', '-fno-asynchronous-unwind-tables']],
] as const) {
  test(`${name} as readelf reads it`, { skip }, async () => {
    const path = compile({ name: 'native', prefix: '' }, join(folder, `p${flags.length}${flags[0]}`), flags)
    const elf = await ElfFile.open(new MemoryFile(path, readFileSync(path)))
    const table = await FrameTable.open(elf)
    const { base } = elf.layout
    let rows = 0
    let columns: string[] = []
    for (const line of run('readelf', ['--wide', '--debug-dump=frames-interp', path]).split('\n')) {
      if (line.includes(' CFA ')) columns = line.trim().split(/\s+/).slice(1)
      const cells = /^(?<place>[0-9a-f]{16}) (?<rest>.+)$/.exec(line)?.groups
      if (cells === undefined) continue
      const texts = cells['rest']!.trim().split(/\s+/)
      const row = table!.at(Number(BigInt(`0x${cells['place']}`) - base.address))
      // The rows of common entries stand at address 0.
      if (row === undefined) continue
      rows++
      const wanted = Object.fromEntries(
        columns
          .map((column, at) => [column, texts[at]!])
          .filter(([, text]) => text !== 'u' && text !== 'exp' && text !== 's'),
      )
      assert.deepEqual(printed(row), wanted, line)
    }
    assert.ok(rows > 8, `${rows} rows`)
  })
}

test('damaged tables give rows, or FormatErrors', { skip }, async () => {
  const path = compile({ name: 'native', prefix: '' }, join(folder, 'damaged'), ['-O2', '-g'])
  const elf = await ElfFile.open(new MemoryFile(path, readFileSync(path)))
  const { bytes } = (await elf.read('.eh_frame'))!
  const form = { base: addressBase(0x401000n), wordBytes: 8, start: 0x1000, isEh: true } as const
  const attempt = (damaged: Uint8Array): void => {
    try {
      const table = frameTableOf(damaged, 'little', form)
      for (let place = -0x2000; place < 0x2000; place += 16) table.at(place)
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error))
    }
  }
  for (let length = 0; length < Math.min(400, bytes.length); length++) attempt(bytes.slice(0, length))
  const random = new Random(7)
  for (let round = 0; round < 1500; round++) {
    const damaged = bytes.slice()
    for (let count = 0; count < 3; count++) damaged[random.below(damaged.length)] = random.below(256)
    attempt(damaged)
  }
})
