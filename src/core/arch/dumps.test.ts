// Every dump under fixtures/arch is read as its .json says. UPDATE_FIXTURES=1 writes what was read: look at the difference.

import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import type { ArchName, FaultInfo, Frame } from '../model.ts'
import type { Arch, ArchLine, CodeLine } from './arch.ts'
import { archByName, arches, identifyArch, readAny, reportReader } from './index.ts'

const folder = join(import.meta.dirname, '../../../fixtures/arch')
const dumps = globSync('*/*.log', { cwd: folder }).sort()

interface DumpSet {
  mode?: 'kernel' | 'user'
  pc?: Frame
  link?: Frame
  values: Record<string, string>
  decoded: Record<string, string[]>
}

interface Dump {
  task?: { comm?: string; pid?: number; cpu?: number }
  fault?: FaultInfo
  /** what the registers of the first set alone say */
  described?: FaultInfo
  kind?: string
  sets: DumpSet[]
  pageTable?: Record<string, string>
  code: { bytes: string; unitBytes: number; fault?: string; raw?: string }[]
}

function readDump(arch: Arch, lines: readonly string[]): Dump {
  const read = reportReader(arch)
  const dump: Dump = { sets: [], code: [] }
  for (const line of lines) {
    const found = read(line)
    if (!found) continue
    addToSet(dump, found)
    if (found.task) dump.task = { ...found.task, ...dump.task }
    if (found.fault) dump.fault = mergeFaults(found.fault, dump.fault)
    if (found.pageTable) dump.pageTable = { ...dump.pageTable, ...found.pageTable }
    if (found.code) dump.code.push(summary(found.code))
  }
  for (const set of dump.sets) {
    for (const [name, value] of Object.entries(set.values)) {
      const words = arch.decodeRegister?.(name, BigInt(value))
      if (words && words.length > 0) set.decoded[name] ??= words
    }
  }
  const first = dump.sets[0]?.values ?? {}
  const described = arch.describeFault?.(first)
  if (described) dump.described = described
  const kind = arch.kindOfTrap?.(first)
  if (kind) dump.kind = kind
  return dump
}

function addToSet(dump: Dump, found: ArchLine): void {
  if (!found.begins && !found.registers && !found.pc && !found.words && !found.link) return
  if (found.begins || dump.sets.length === 0) {
    const last = dump.sets.at(-1)
    // What stands above the first row (the symbol, a fault's own words) belongs to it.
    if (!last || Object.keys(last.values).length > 0) dump.sets.push({ values: {}, decoded: {} })
  }
  const set = dump.sets.at(-1)!
  Object.assign(set.values, found.registers)
  Object.assign(set.decoded, found.words)
  if (found.mode) set.mode ??= found.mode
  if (found.pc) set.pc = { ...found.pc, ...set.pc }
  if (found.link) set.link = { ...found.link, ...set.link }
}

function mergeFaults(found: FaultInfo, before: FaultInfo | undefined): FaultInfo {
  const decoded = [...new Set([...(before?.decoded ?? []), ...(found.decoded ?? [])])]
  const merged = { ...found, ...before }
  if (decoded.length > 0) merged.decoded = decoded
  return merged
}

function summary(code: CodeLine): Dump['code'][number] {
  const row: Dump['code'][number] = { bytes: code.units.join(' '), unitBytes: code.unitBytes }
  if (code.faultIndex !== undefined) row.fault = code.units[code.faultIndex]!
  if (code.raw !== undefined) row.raw = code.raw
  return row
}

for (const file of dumps) {
  const arch = archByName(dirname(file) as ArchName)!
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
  const expected = join(folder, file.replace(/\.log$/, '.json'))

  test(`${file}: registers, flags, program counter, code and fault`, () => {
    const dump = readDump(arch, lines)
    if (process.env['UPDATE_FIXTURES']) writeFileSync(expected, `${JSON.stringify(dump, null, 1)}\n`)
    assert.deepEqual(dump, JSON.parse(readFileSync(expected, 'utf8')))
  })

  test(`${file}: known for ${arch.name} by its lines`, () => assert.equal(identifyArch(lines), arch.name))

  test(`${file}: spaces lost or added at the start of a line change nothing`, () => {
    const trimmed = readDump(
      arch,
      lines.map(line => line.trimStart()),
    )
    const indented = readDump(
      arch,
      lines.map(line => `   ${line}`),
    )
    assert.deepEqual(trimmed, readDump(arch, lines))
    assert.deepEqual(indented, readDump(arch, lines))
  })

  test(`${file}: a line alone says the same of the registers, whatever architecture is asked`, () => {
    for (const line of lines) {
      const own = arch.read(line)?.registers
      const any = readAny(line)
      if (!own || arch.read(line)?.continues) continue
      for (const [name, value] of Object.entries(any?.registers ?? {})) {
        if (name in own) assert.equal(value, own[name], line)
      }
      assert.ok(any, line)
    }
  })

  test(`${file}: every prefix of every line is read without a throw, and no value is longer than the line`, () => {
    for (const line of lines) {
      for (let end = 0; end <= line.length; end++) {
        const registers = arch.read(line.slice(0, end))?.registers ?? {}
        for (const value of Object.values(registers)) assert.match(value, /^0x[0-9a-f]{1,16}$/)
      }
    }
  })
}

test('every architecture has a dump', () => {
  const shown = new Set(dumps.map(file => dirname(file)))
  assert.deepEqual(
    arches.map(arch => arch.name).filter(name => !shown.has(name)),
    [],
  )
})

test('every dump has its expectation', () => {
  for (const file of dumps) assert.ok(readFileSync(join(folder, file.replace(/\.log$/, '.json'))), basename(file))
})
