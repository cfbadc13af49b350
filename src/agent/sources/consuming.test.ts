// /proc/kmsg and syslog(2): what one takes no other gets. On this machine's own kernel.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { otherReaders } from '../../node/other-readers.ts'
import { procKmsg } from './proc-kmsg.ts'
import { syslogCall } from './syslog-call.ts'
import { KeptSink, opened, testHost, until } from './testing.ts'

const allowed = (): boolean => {
  try {
    closeSync(openSync('/proc/kmsg', constants.O_RDONLY | constants.O_NONBLOCK))
    closeSync(openSync('/dev/kmsg', constants.O_WRONLY))
    return true
  } catch {
    return false
  }
}
const skip = allowed() ? false : '/proc/kmsg and /dev/kmsg take root'
const word = `faultline-consume-${process.pid}`

for (const [source, name] of [
  [procKmsg, 'proc'],
  [syslogCall, 'call'],
] as const) {
  test(`lines come as they are written (${source.name})`, { skip }, async context => {
    const sink = new KeptSink()
    const host = testHost(context)
    const capture = await opened(context, source.open('', sink, host))
    // Another reader on this machine may take one of them.
    let count = 0
    const writer = setInterval(() => writeFileSync('/dev/kmsg', `<12>${word} ${name} ${count++}\n`), 200)
    await until(() => sink.texts.some(text => text.startsWith(`${word} ${name}`)), 'a line', 8000)
    clearInterval(writer)
    const record = sink.records.find(each => each.text.startsWith(`${word} ${name}`))!
    assert.equal(record.level, 4)
    assert.equal(record.userSpace, true)
    assert.ok(Math.abs(Date.parse(record.wall!) - Date.now()) < 10_000)
    await capture.close()
  })
}

test('a second reader of /proc/kmsg is named', { skip }, async context => {
  const child = spawn('sh', ['-c', 'exec 3</proc/kmsg; echo ready; sleep 20'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    await new Promise(resolve => child.stdout.once('data', resolve))
    assert.ok(otherReaders('/proc/kmsg').some(({ pid }) => pid === child.pid))
    const sink = new KeptSink()
    const host = testHost(context)
    const capture = await opened(context, procKmsg.open('', sink, host))
    assert.ok(sink.troubles.some(text => text.includes(`(process ${child.pid}) reads it too`)))
    assert.ok(capture.stats()['otherReaders']! >= 1)
    await capture.close()
  } finally {
    child.kill()
  }
})
