// The trace buffer of the kernel that runs the tests, where it lets root trace.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { byRegisters } from './call-registers.ts'
import { TraceReader } from './reader.ts'
import { findTracefs, isLeftOver, owner, TraceInstance, TracingError } from './tracefs.ts'

function lacking(): string | false {
  try {
    return existsSync(join(findTracefs(), 'instances')) ? false : 'this kernel has no trace instances'
  } catch (error) {
    if (error instanceof TracingError) return error.message
    throw error
  }
}
const skip = lacking()

/** SIGWINCH does nothing to who has not asked for it. */
const WINCH = 28
const SIGNALS = 200_000

/** Sends itself that many signals as fast as it can. */
const burst = () => spawn('perl', ['-e', `kill ${WINCH}, $$ for 1..${SIGNALS}`], { stdio: 'ignore' })

async function counted(bufferKb: number): Promise<{ read: number; lost: number; sorted: boolean }> {
  const instance = TraceInstance.open({ bufferKb })
  try {
    const reader = new TraceReader(instance, process.hrtime.bigint())
    const format = instance.format('signal/signal_generate')
    assert.ok(format !== undefined)
    reader.learn('signal/signal_generate', format)
    instance.enable('signal/signal_generate', `sig==${WINCH}`)
    const sender = burst()
    let running = true
    sender.once('exit', () => {
      running = false
    })
    let read = 0
    let last = 0
    let sorted = true
    for (let quiet = 0; quiet < 3; ) {
      const { records, more } = reader.read()
      for (const { ns, pid } of records) {
        sorted &&= ns >= last
        last = ns
        if (pid === sender.pid) read++
      }
      quiet = running || more || records.length > 0 ? 0 : quiet + 1
      if (!more) await sleep(10)
    }
    const lost = reader.lost()
    reader.close()
    return { read, lost, sorted }
  } finally {
    instance.close()
  }
}

test('a burst of signals is read to the last one, in order', { skip }, async () => {
  const { read, lost, sorted } = await counted(32_768)
  assert.deepEqual({ read, lost, sorted }, { read: SIGNALS, lost: 0, sorted: true })
})

test('what a small buffer loses is counted to the last one', { skip }, async () => {
  const { read, lost, sorted } = await counted(16)
  assert.ok(lost > 0, 'nothing was lost: the buffer was not too small')
  assert.deepEqual({ all: read + lost, sorted }, { all: SIGNALS, sorted: true })
})

test('nothing is left behind, and what a dead process left is taken away', { skip }, () => {
  const instances = join(findTracefs(), 'instances')
  const orphan = join(instances, 'faultline_4194303_1')
  mkdirSync(orphan)
  TraceInstance.open({ bufferKb: 16 }).close()
  assert.deepEqual(
    readdirSync(instances).filter(name => name === `faultline_${owner()}` || name === 'faultline_4194303_1'),
    [],
  )
})

test('only names of processes that are gone are left over', () => {
  assert.equal(isLeftOver(`faultline_${owner()}`), false)
  assert.equal(isLeftOver('faultline_4194303_77'), true)
  assert.equal(isLeftOver(`faultline_${process.pid}_1`), true)
  assert.equal(isLeftOver('somebody'), false)
})

test('arguments by registers for kernels that do not number them', () => {
  assert.equal(byRegisters('name=+0($arg1):string len=$arg3:u32', 'x64'), 'name=+0(%di):string len=%dx:u32')
  assert.equal(byRegisters('$arg2', 's390x'), '%r3')
  assert.equal(byRegisters('$arg9', 'arm64'), undefined)
  assert.equal(byRegisters('$arg1', 'unheard-of'), undefined)
})
