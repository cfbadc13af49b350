import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findDisassembler } from '../../node/disassemblers/index.ts'
import type { SourcePlace } from '../formats/dwarf/debug-info.ts'
import { decodedCode } from './code-line.ts'
import type { CodeMap } from './code-map.ts'
import { StacktraceDecoder } from './stacktrace.ts'

/** Every function is 0x40 bytes at 0; the line says which byte was asked for. */
const codeOf = (name: string): CodeMap => ({
  name,
  file: name,
  buildId: 'ab'.repeat(20),
  base: 0n,
  relocatable: false,
  release: async () => undefined,
  named: async symbol =>
    symbol === 'twice'
      ? [
          { name: symbol, address: 0, sizeBytes: 0x40 },
          { name: symbol, address: 0x1000, sizeBytes: 0x40 },
        ]
      : symbol === 'gone'
        ? []
        : [{ name: symbol, address: 0, sizeBytes: 0x40 }],
  symbolAt: async () => undefined,
  places: async (at): Promise<SourcePlace[]> => [
    { function: 'inlined', file: 'include/linux/x.h', directory: '/src/linux', line: 7 },
    { function: 'f', file: `/src/linux/fs/${name}.c`, directory: '/src/linux', line: at },
  ],
})

async function decoded(lines: string[], basePath?: string): Promise<string[]> {
  const find = async (module: string | undefined) => codeOf(module ?? 'vmlinux')
  const decoder = new StacktraceDecoder({ find, ...(basePath !== undefined && { basePath }) })
  const out: string[] = []
  for (const line of lines) out.push(await decoder.push(line))
  return out
}

test('frames of kernel and modules, a byte before their return addresses; all else as it came', async () => {
  const log = [
    '[    1.000000] BUG: something',
    '[    1.000000]  vfs_write+0x20/0x40',
    '[    1.000000]  ? fl_run+0x30/0x40 [fltrig abababababababab]',
    '[    1.000000]  [<ffffffff81234567>] ksys_write+0x10/0x40',
    '[    1.000000]  gone+0x10/0x40',
    '[    1.000000]  vfs_write+0x20/0x4000',
    '[    1.000000]  fl_run+0x30/0x40 [fltrig 00ababababababab]',
    '[    1.000000]  twice+0x4/0x40',
    '[    1.000000] Code: 00 01 02',
  ]
  assert.deepEqual(await decoded(log), [
    log[0],
    '[    1.000000]  vfs_write (include/linux/x.h:7 fs/vmlinux.c:31)',
    '[    1.000000]  ? fl_run (include/linux/x.h:7 fs/fltrig.c:47) fltrig',
    '[    1.000000]  ksys_write (include/linux/x.h:7 fs/vmlinux.c:15)',
    ...log.slice(4, 7),
    log[7],
    log[8],
  ])
})

test('program counters, interrupted ones and those that begin a trace are exact', async () => {
  const log = [
    'RIP: 0010:vfs_write+0x20/0x40',
    'pc : vfs_write+0x20/0x40',
    'lr : caller+0x10/0x40',
    'Call trace:',
    ' vfs_write+0x20/0x40 (P)',
    ' caller+0x10/0x40',
    ' el1h_64_sync+0x10/0x40',
    ' struck+0x10/0x40',
    ' handle_mm_fault+0x10/0x40',
    ' caller+0x10/0x40',
  ]
  const lines = (await decoded(log)).map(line => /vmlinux\.c:(\d+)\)/.exec(line)?.[1])
  assert.deepEqual(lines, ['32', '32', '15', undefined, '32', '15', '15', '16', '15', '15'])
  assert.match((await decoded(log))[0]!, /^RIP: 0010:vfs_write \(include/)
  assert.match((await decoded(log))[4]!, /\) \(P\)$/)
})

test('a base path is taken off instead of the folder of the build', async () => {
  const [line] = await decoded([' vfs_write+0x20/0x40'], '/src/linux/fs')
  assert.equal(line, ' vfs_write (include/linux/x.h:7 vmlinux.c:31)')
})

test('ARM’s frames in brackets', async () => {
  assert.deepEqual(await decoded(['[    1.0] [<c0100000>] (vfs_write) from [<c0200000>] (ksys_write+0x10/0x40)']), [
    '[    1.0] (vfs_write) from ksys_write (include/linux/x.h:7 fs/vmlinux.c:15)',
  ])
})

test('a line of code is followed by its instructions, as decodecode lays them out', async () => {
  const decoder = new StacktraceDecoder({
    find: async () => codeOf('vmlinux'),
    decodeCode: (line, counter) => decodedCode(line, 'x86_64', findDisassembler, counter),
  })
  await decoder.push('RIP: 0010:vfs_write+0x3/0x40')
  // The dump begins within an instruction; the function's start says where they begin.
  assert.deepEqual((await decoder.push('[    1.0] Code: ff 0f 1f 00 <0f> 0b 5d c3 0f')).split('\n'), [
    '[    1.0] Code: ff 0f 1f 00 <0f> 0b 5d c3 0f',
    'All code',
    '========',
    '   1:\t0f 1f 00              \tnopl (%rax)',
    '   4:*\t0f 0b                 \tud2\t\t<-- trapping instruction',
    '   6:\t5d                    \tpop %rbp',
    '   7:\tc3                    \tret',
    '',
    'Code starting with the faulting instruction',
    '===========================================',
    '   0:\t0f 0b                 \tud2',
    '   2:\t5d                    \tpop %rbp',
    '   3:\tc3                    \tret',
  ])
  const other = 'Krnl Code: 0000000000100000: 00000000 illegal'
  assert.equal(await decoder.push(other), other)
})

test('what is missing is told once; the build ID of the log is met', async () => {
  const told: string[] = []
  const decoder = new StacktraceDecoder({
    find: async module =>
      module === undefined ? codeOf('vmlinux') : { unknown: 'no-symbols', detail: `no file of ${module}` },
    missing: ({ detail }) => told.push(detail),
    identified: buildId => told.push(buildId),
  })
  const id = 'c'.repeat(40)
  await decoder.push(`[    1.0] CPU: 0 PID: 1 Comm: sh Not tainted 6.9 #1 ${id}`)
  for (const offset of ['10', '20']) await decoder.push(`[    1.0]  fl_run+0x${offset}/0x40 [fltrig]`)
  assert.deepEqual(told, [id, 'no file of fltrig'])
})
