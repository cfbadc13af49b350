import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KernelEvent } from '../../core/event.ts'
import { findTracefs, TraceInstance } from '../tracing/tracefs.ts'
import { readMark, thisBoot, writeMarks } from './boot-marks.ts'
import { kernelOfTrace, lastBootIn, pagesIn } from './last-boot.ts'
import { eventsOfLastBoot, readLastBoot } from './last-boot-file.ts'

function tracing(): string | false {
  try {
    findTracefs()
    return false
  } catch (error) {
    return String(error)
  }
}

test('what a kernel wrote into its buffer is read by nothing but its pages', { skip: tracing() }, () => {
  const instance = TraceInstance.open({ bufferKb: 256 })
  try {
    for (const event of ['task/task_newtask', 'task/task_rename', 'sched/sched_process_exit', 'signal/signal_generate'])
      instance.enable(event)
    writeMarks(instance.folder, [])
    spawnSync('sh', ['-c', 'kill -USR2 $$'])
    const kernel = kernelOfTrace(instance.tracefs)
    const pages = pagesIn(instance.folder, kernel.layout)
    const { bootId, events } = lastBootIn(pages, kernel)
    assert.equal(bootId, thisBoot())
    const sent = events.find(({ kind, details }) => kind === 'signal' && JSON.stringify(details).includes('SIGUSR2'))
    assert.equal(sent?.task?.comm, 'sh')
    assert.ok(Math.abs(Date.parse(sent.wall) - Date.now()) < 60_000)
    assert.ok(events.some(({ kind, task }) => kind === 'exit' && task?.pid === sent.task?.pid))
    // Memory that a reboot did not keep whole.
    fc.assert(
      fc.property(fc.nat(4095), fc.nat(255), (at, byte) => {
        const torn = pages.map(({ cpu, bytes }) => ({ cpu, bytes: bytes.slice() }))
        for (const { bytes } of torn) bytes[at % bytes.length] = byte
        lastBootIn(torn, kernel)
      }),
      { numRuns: 50 },
    )
  } finally {
    instance.close()
  }
})

test("only Faultline's own markers are read", () => {
  const mark = { id: 1790, kind: 'panic', source: 'panic()', fields: [] }
  assert.deepEqual(readMark(`faultline ${JSON.stringify(mark)}`), mark)
  for (const text of ['', 'faultline', 'faultline {', 'faultline {"boot":1}', `somebody ${JSON.stringify(mark)}`])
    assert.equal(readMark(text), undefined, text)
})

test('the file is of this boot or nothing, and a damaged line costs no more than itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-last-boot-'))
  const at = (seconds: number): KernelEvent => ({
    ...{ schema: 'faultline.event/1', kind: 'exit', monotonicUs: seconds * 1e6, wall: '', cpu: 0, source: 'x' },
    details: {},
  })
  try {
    assert.equal(readLastBoot(folder, 'now'), undefined)
    const first = { schema: 'faultline.last-boot/1', bootId: 'before', readBy: 'now' }
    const lines = [first, at(1), at(80), at(95)].map(each => JSON.stringify(each))
    writeFileSync(
      join(folder, 'last-boot-events'),
      `${lines.slice(0, 2).join('\n')}\n{"kin\n${lines.slice(2).join('\n')}`,
    )
    assert.equal(readLastBoot(folder, 'later'), undefined)
    const last = readLastBoot(folder, 'now')
    assert.deepEqual(
      last?.events.map(({ monotonicUs }) => monotonicUs / 1e6),
      [1, 80, 95],
    )
    const near = (bootId: string) =>
      Buffer.from(eventsOfLastBoot(last, { bootId, sinceBootUs: 90e6, beforeMs: 10_000 }) ?? []).toString()
    assert.equal(near('before'), `${lines[2]}\n${lines[3]}\n`)
    assert.equal(near('another'), '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
