// Stacks of real kernels, walked from their raw words: ORC from the kernel's image alone on x86-64, unwinding tables on
// ARM. The judge is the kernel's own trace. And the lab's module, whose faulting lines, inlined calls, members and
// addresses are known to the letter.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { prepareGuest } from '../../lab/boot.ts'
import { arm64 } from '../../lab/guests/arm64.ts'
import { armhf } from '../../lab/guests/armhf.ts'
import type { Guest } from '../../lab/guests/guest.ts'
import { i386 } from '../../lab/guests/i386.ts'
import { mips64el } from '../../lab/guests/mips64el.ts'
import { ppc64el } from '../../lab/guests/ppc64el.ts'
import { s390x } from '../../lab/guests/s390x.ts'
import { x86_64, x86_64Newer } from '../../lab/guests/x86_64.ts'
import { faultLine, moduleLines } from '../../lab/module/lines.ts'
import { crashModules, windowModule } from '../../lab/modules.ts'
import { openGuest } from '../../lab/open-guest.ts'
import { archByName } from '../../src/core/arch/index.ts'
import { MemoryFile } from '../../src/core/bytes/byte-file.ts'
import { decodeBytes } from '../../src/core/decoder.ts'
import { addOperand } from '../../src/core/explain/index.ts'
import { addPointer } from '../../src/core/explain/pointer.ts'
import { readCrashWindow, type WindowRecord } from '../../src/core/formats/crash-window/records.ts'
import { ElfFile } from '../../src/core/formats/elf/elf-file.ts'
import { examineFunction } from '../../src/core/localise/code/examine.ts'
import { sourceOfCode } from '../../src/core/localise/code/function-source.ts'
import { ElfCode } from '../../src/core/localise/elf-code.ts'
import { disassembleReport } from '../../src/core/localise/instructions.ts'
import { localise } from '../../src/core/localise/localise.ts'
import { type CodeObject, elfObject, tableObject } from '../../src/core/localise/unwind/code-object.ts'
import { type Recovered, recoverStack } from '../../src/core/localise/unwind/recover.ts'
import type { Report } from '../../src/core/model.ts'
import { findDisassembler } from '../../src/node/disassemblers/index.ts'
import { openKernelFile } from '../../src/node/kernel-file.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

interface Fault {
  name: string
  /** files of the frame's inlined chain, innermost first, by their marks */
  marks?: readonly string[]
  /** what the finding must say, and at which offset the fault is */
  member?: RegExp
  offset?: bigint
}

// struct fl_engine: deep.gear 0x30 and deep.speed 0x48 on 64-bit machines
const faults: readonly Fault[] = [
  { name: 'null_read', member: /^engine is NULL: engine->deep\.speed was to be read/, offset: 0x48n },
  { name: 'null_write', member: /^engine is NULL: engine->kind was to be written/, offset: 0n },
  {
    name: 'inlined',
    marks: ['inlined', 'inlined, caller 1', 'inlined, caller 2'],
    member: /^engine is NULL: engine->deep\.gear was to be read/,
    offset: 0x30n,
  },
  {
    name: 'chained',
    member: /^first->next->next is NULL: first->next->next->deep\.speed was to be read/,
    offset: 0x48n,
  },
  { name: 'tail_call', member: /^engine is NULL: engine->deep\.speed was to be read/, offset: 0x48n },
  { name: 'wild_read', member: /^engine is 0x[0-9a-f]{4,16}: engine->deep\.speed was to be read/ },
  { name: 'poison_read', member: /^engine is .*: engine->deep\.speed was to be read/ },
  { name: 'freed_list' },
  { name: 'divide' },
  { name: 'bug' },
]

interface Seen {
  report: Report
  recovered: Recovered | undefined
}

async function seen(report: Report, objects: readonly CodeObject[], fl: ElfCode): Promise<Seen> {
  await localise(report, async module =>
    module === 'fl' ? fl : { unknown: 'no-symbols', detail: 'only the module has lines' },
  )
  const recovered = await recoverStack(report, objects)
  const code = report.pc?.module === 'fl' ? sourceOfCode(fl) : undefined
  if (code !== undefined) await examineFunction(report, code, findDisassembler)
  await disassembleReport(report, findDisassembler)
  addOperand(report)
  await addPointer(report, recovered)
  return { report, recovered }
}

/** Functions that the kernel's own unwinder was sure of, the program counter's first, up to the entry from a program. */
function printedChain({ pc, traces = [] }: Report): string[] {
  const frames = (traces[0]?.frames ?? []).filter(frame => frame.reliable !== false && frame.inferred === undefined)
  const names = frames.map(({ symbol }) => symbol ?? '?')
  const chain = pc?.symbol !== undefined && names[0] !== pc.symbol ? [pc.symbol, ...names] : names
  const entry = chain.findIndex(name => /^(?:entry_SYSCALL|ret_fast_syscall|__x64_sys_call|asm_)/.test(name))
  return entry < 0 ? chain : chain.slice(0, entry)
}

const walkedChain = ({ stack }: Report): string[] =>
  (stack?.frames ?? []).filter(({ inferred }) => inferred === undefined).map(({ symbol }) => symbol ?? '?')

function assertLine({ report }: Seen, { name, marks = [name] }: Fault): void {
  const pc = report.pc!
  // What the kernel's own headers put in stands elsewhere (MIPS' BUG()).
  const places = [...(pc.inlines ?? []), pc.place!]
    .filter(place => 'unknown' in place || place.file.endsWith('fl.c'))
    .map(place => ('unknown' in place ? 0 : place.line))
  const wanted = marks.map(faultLine)
  // For ppc64 and mips64 GCC gives the function's closing brace the address of its last load or store, behind the row of
  // the statement, and addr2line says the brace as well.
  const brace = places.length === 1 && places[0] === wanted[0]! + 1 && moduleLines[places[0] - 1]?.trim() === '}'
  if (brace && /^(?:powerpc64|mips64)$/.test(report.arch ?? '')) return
  assert.deepEqual(places, wanted, `${name}: lines of the fault`)
}

/** On 32-bit machines: deep.gear 0x28, deep.speed 0x3c. */
const narrow: Readonly<Record<string, bigint>> = { '48': 0x28n, '72': 0x3cn, '0': 0n }

function assertMember({ report }: Seen, { name, member, offset: wide }: Fault, wordBytes: 4 | 8 = 8): void {
  // s390's hardware tells the page alone.
  const offset = report.arch === 's390x' ? undefined : wordBytes === 8 || wide === undefined ? wide : narrow[`${wide}`]
  if (offset !== undefined) assert.equal(BigInt(report.fault?.address ?? -1), offset, `${name}: the fault's address`)
  if (member === undefined) return
  const texts = (report.findings ?? []).map(({ what }) => what)
  assert.ok(
    texts.some(text => member.test(text)),
    `${name}: ${texts.join(' | ')}`,
  )
}

const whereAvailable = async (context: TestContext, run: () => Promise<void>): Promise<void> => {
  try {
    await run()
  } catch (error) {
    skipUnavailable(context, error)
  }
}

const runAll = `insmod /lab/modules/fl.ko; for each in ${faults.map(({ name }) => name).join(' ')}; do
  (echo $each >/sys/kernel/debug/fl) & wait
done; sleep 1`

async function objectsOf(
  image: string,
  flPath: string,
  guest?: Guest,
): Promise<{ objects: CodeObject[]; fl: ElfCode }> {
  const kernel = await openKernelFile(image)
  const machine = guest && archByName(guest.arch)
  const wordBytes = machine?.wordBytes ?? 8
  const order = machine?.byteOrder === 'big' ? 'big' : 'little'
  const fl = await ElfCode.open('fl', await ElfFile.open(new MemoryFile(flPath, readFileSync(flPath))))
  const table = tableObject(image, kernel.symbols(), { order, wordBytes }, async () => kernel)
  return { objects: [table, elfObject('fl', fl)], fl }
}

/** The report of a record, with the words that the module kept of the stack. */
function reportOf(record: WindowRecord): Report | undefined {
  // The log of a record holds what came before as well.
  const report = decodeBytes(record.log ?? new Uint8Array(0), {}).at(-1)
  const { stack } = record
  if (report === undefined || stack === undefined) return report
  const view = new DataView(stack.bytes.buffer, stack.bytes.byteOffset, stack.bytes.byteLength)
  const words = Array.from({ length: Math.floor(stack.bytes.length / 8) }, (_, i) => ({
    value: `0x${view
      .getBigUint64(i * 8, true)
      .toString(16)
      .padStart(16, '0')}`,
  }))
  report.stack = { address: `0x${stack.address.toString(16)}`, words }
  return report
}

async function recordsOf(guest: Guest, image: { fl: string; window: string }): Promise<WindowRecord[]> {
  const { address } = guest.reservedMemory!
  const size = 0x80000
  const folder = mkdtempSync(join(tmpdir(), 'faultline-stacks-'))
  const opened = await openGuest({
    guest,
    files: { 'faultline.ko': readFileSync(image.window) },
    commandLine: [guest.reservedMemory!.commandLine],
  })
  try {
    await opened.run(
      `insmod /lab/faultline.ko mem_address=0x${address.toString(16)} mem_size=${size} boot_id=$(cat /proc/sys/kernel/random/boot_id)`,
    )
    await opened.run(runAll, 300)
    const filename = join(folder, 'window.bin')
    await opened.machine.command('pmemsave', { val: address, size, filename })
    return await readCrashWindow(new MemoryFile('window', readFileSync(filename)))
  } finally {
    await opened.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const guest of [x86_64, x86_64Newer]) {
  test(`${guest.name}: ORC of the image alone walks as the kernel did; lines, inlines, members, addresses`, context =>
    whereAvailable(context, async () => {
      if (guest.kernel.from !== 'debian') throw new Error('expected a kernel of Debian')
      const { kernel } = await prepareGuest(guest)
      const modules = await crashModules(guest.kernel, kernel)
      const { objects, fl } = await objectsOf(kernel.image, modules.fl)
      const records = await recordsOf(guest, { fl: modules.fl, window: await windowModule(guest.kernel, kernel) })
      let walked = 0
      const judged: string[] = []
      for (const record of records) {
        const report = reportOf(record)
        const fault = faults.find(({ name }) => report?.pc?.symbol?.startsWith(functionOf(name)))
        if (report === undefined || fault === undefined) continue
        judged.push(fault.name)
        const result = await seen(report, objects, fl)
        const printed = printedChain(report)
        assert.deepEqual(walkedChain(report).slice(0, printed.length), printed, `${fault.name}: the frames`)
        // The module has DWARF, the image has none.
        const ways = (report.stack?.frames ?? [])
          .slice(1, printed.length)
          .map(({ module, by }) => `${module ?? ''} ${by}`)
        assert.ok(
          ways.every(way => way === ' orc' || way.startsWith('fl ') || way === ' cfi'),
          ways.join(),
        )
        walked += printed.length
        assertLine(result, fault)
        assertMember(result, fault)
      }
      context.diagnostic(`${walked} frames of ${judged.length} crashes: ${judged.join(', ')}`)
      assert.ok(judged.length >= 6, `judged: ${judged.join(', ')} of ${records.length} records`)
    }))
}

/** fl_tail_end fails for tail_call, fl_outer for inlined. */
const functionOf = (name: string): string =>
  ({ tail_call: 'fl_tail_end', inlined: 'fl_outer', chained: 'fl_chain' })[name] ?? `fl_${name}`

/** Guests whose kernels print no stack, or words that the image's tables walk; all print what else is judged. */
for (const guest of [armhf, arm64, ppc64el, mips64el, i386, s390x]) {
  test(`${guest.name}: lines, inlines, members, addresses; raw stacks walked as the kernel did`, context =>
    whereAvailable(context, async () => {
      if (guest.kernel.from !== 'debian') throw new Error('expected a kernel of Debian')
      const { kernel } = await prepareGuest(guest)
      const modules = await crashModules(guest.kernel, kernel)
      const { objects, fl } = await objectsOf(kernel.image, modules.fl, guest)
      const opened = await openGuest({ guest })
      try {
        await opened.run(runAll, 300)
        const judged: string[] = []
        let walked = 0
        for (const report of decodeBytes(Buffer.from(opened.log, 'latin1'))) {
          const fault = faults.find(({ name }) => report.pc?.symbol?.startsWith(functionOf(name)))
          if (fault === undefined) continue
          const result = await seen(report, objects, fl)
          judged.push(fault.name)
          assertLine(result, fault)
          if (guest.name === 'armhf') {
            const printed = printedChain(report)
            assert.deepEqual(walkedChain(report).slice(0, printed.length), printed, `${fault.name}: the frames`)
            walked += printed.length
          }
          assertMember(result, fault, fl.elf.header.wordBytes)
        }
        context.diagnostic(`${judged.length} crashes, ${walked} frames: ${judged.join(', ')}`)
        // Memory at NULL can be read on s390.
        assert.ok(judged.length >= (guest.name === 's390x' ? 5 : 6), `judged: ${judged.join(', ')}`)
      } finally {
        await opened.stop()
      }
    }))
}
