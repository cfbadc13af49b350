// Routes to a real journald, in a mount namespace of its own: small entries as datagrams, big ones as sealed memory.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { messageId } from '../../src/agent/routes/targets/journald-fields.ts'

const root = join(import.meta.dirname, '../..')
const daemon = '/lib/systemd/systemd-journald'
const folder = mkdtempSync(join(tmpdir(), 'faultline-journald-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const missing =
  process.getuid?.() !== 0
    ? 'takes root, for a mount namespace'
    : !existsSync(daemon) || !existsSync('/etc/machine-id')
      ? 'systemd-journald is not there'
      : spawnSync('unshare', ['-m', 'true']).status !== 0
        ? 'no mount namespace can be made here'
        : false

const sender = `
import { readFileSync } from 'node:fs'
import { createRouter, parseRoute, routeHost } from '${root}/src/agent/routes/index.ts'
import { decodeBytes } from '${root}/src/core/decoder.ts'
const records = createRouter(['kern.* journald', 'kind=* journald'].map(parseRoute), routeHost(console.error))
const record = (text) => ({ text, line: 1, span: { start: 0, end: 0 }, transport: 'kmsg', facility: 0, level: 3, sequence: 7, dictionary: { SUBSYSTEM: 'usb', DEVICE: '+usb:1-1' } })
records.deliver(record('hello journald'))
records.deliver(record('big ' + 'x'.repeat(1_000_000)))
records.report(decodeBytes(readFileSync('${root}/fixtures/kinds/null-dereference/x86_64-6.1-read-in-module/input.log'))[0])
for (let turn = 0; turn < 100 && records.stats().queued > 0; turn++) await new Promise(resolve => setTimeout(resolve, 50))
await records.close(1000)
console.log(JSON.stringify(records.stats()))
`

const script = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
printf '[Journal]\\nReadKMsg=no\\nStorage=volatile\\nRateLimitIntervalSec=0\\n' > /run/systemd/journald.conf.d/test.conf
${daemon} & journald=$!
i=0; while [ ! -S /run/systemd/journal/socket ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done
"$1" --disable-warning=ExperimentalWarning ${folder}/send.mjs > ${folder}/stats
sleep 1
kill $journald; wait $journald || true
journalctl --directory=/run/log/journal -o json -a --no-pager > ${folder}/entries
`

test('journald has every entry with its fields, whatever the size', { skip: missing }, () => {
  writeFileSync(join(folder, 'send.mjs'), sender)
  const run = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', process.execPath], { timeout: 60_000 })
  assert.equal(run.status, 0, String(run.stderr))
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'stats'), 'utf8')), {
    delivered: 3,
    lost: 0,
    queued: 0,
    failures: 0,
    down: 0,
  })
  const entries = readFileSync(join(folder, 'entries'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, string>)
    .filter(entry => entry['_TRANSPORT'] === 'journal')
  assert.equal(entries.length, 3)
  const [small, big, report] = entries
  assert.equal(small!['MESSAGE'], 'hello journald')
  assert.equal(small!['PRIORITY'], '3')
  assert.equal(small!['SYSLOG_IDENTIFIER'], 'kernel')
  assert.equal(small!['KERNEL_SUBSYSTEM'], 'usb')
  assert.equal(small!['FAULTLINE_SEQUENCE'], '7')
  assert.equal(big!['MESSAGE']!.length, 1_000_004)
  assert.equal(report!['FAULTLINE_KIND'], 'null-dereference')
  assert.equal(report!['MESSAGE_ID'], messageId('null-dereference'))
  assert.match(report!['MESSAGE']!, /^oops: BUG: unable to handle kernel NULL pointer dereference in .*\n/)
})
