// faultline bundles and faultline config, as a user runs them.

import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand } from '../../tests/run-command.ts'
import { sampleDraft } from '../../tests/samples/drafts.ts'
import { Spool } from '../agent/bundles/spool.ts'
import { decodeBytes } from '../core/decoder.ts'

const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'faultline-bundles-'))
after(() => rmSync(base, { recursive: true }))

/** A data folder with so many bundles. */
async function data(name: string, count: number, draft = sampleDraft()): Promise<string> {
  const spool = await Spool.open(join(base, name, 'bundles'))
  for (let index = 0; index < count; index++) await spool.write(draft)
  await spool.close()
  return join(base, name)
}

const bundles = (...args: string[]) => runCommand(['bundles', ...args])

test('list: for people, for programs, and when there is none', async () => {
  const folder = await data('list', 3)
  const { code, out } = await bundles('list', '--data', folder)
  assert.equal(code, 0)
  assert.match(out, /^ {5}1 {2}2026-11-29 06:04:16 {2}oops {6}BUG: unable to handle kernel NULL/)
  const json = (await bundles('list', '--data', folder, '--json', '--last', '2')).out.trim().split('\n')
  assert.deepEqual(
    json.map(line => JSON.parse(line).sequence),
    [2, 3],
  )
  assert.equal((await bundles('list', '--data', await data('empty', 0))).code, 1)
  const missing = await bundles('list', '--data', join(base, 'nowhere'))
  assert.equal(missing.code, 2)
  assert.match(missing.err, /nowhere\/bundles: the spool cannot be opened: it is not there/)
})

test('show: by number, beginning and "latest"; what is ambiguous or missing is said', async () => {
  const folder = await data('show', 2)
  for (const words of ['2', '#2', 'latest', '20261129T060416Z-1f0c9a3e-000002']) {
    const { code, out } = await bundles('show', words, '--data', folder)
    assert.equal(code, 0, words)
    assert.match(out, /fl_read\+0x14\/0x30/)
    assert.match(out, /-000002-null-dereference\n/)
  }
  assert.match((await bundles('show', '2026', '--data', folder)).err, /may be 2 bundles.*Give more of the name/)
  assert.match((await bundles('show', '7', '--data', folder)).err, /has no bundle "7"\. `faultline bundles list` shows/)
  const { out } = await bundles('show', 'latest', 'context.log', '--data', folder)
  assert.equal(out, '[   11.000000] before\n')
  assert.match(
    (await bundles('show', 'latest', '../../x', '--data', folder)).err,
    /has no file "\.\.\/\.\.\/x"\. It has context\.log/,
  )
  const json = JSON.parse((await bundles('show', 'latest', '--json', '--data', folder)).out)
  assert.deepEqual([json.report.kind, json.origin.source, json.problems], ['null-dereference', 'kmsg', []])
})

test('what a kernel printed does nothing to a terminal', async () => {
  const hostile = '\u001b]0;owned\u0007\u001b[2J%s%n<script>alert(1)</script> $(id) \u202e'
  const draft = sampleDraft(
    { context: Buffer.from(`[ 1.0] ${hostile}\n`) },
    { host: hostile, source: `kmsg${hostile}` },
  )
  const report = { ...draft.report, title: `WARNING in ${hostile}`, task: { comm: hostile } }
  const folder = await data('hostile', 1, { ...draft, report })
  const interactive = { interactive: true, env: { TERM: 'xterm' } }
  for (const args of [
    ['list'],
    ['show', 'latest'],
    ['show', 'latest', 'context.log'],
    ['show', 'latest', '--markdown'],
  ]) {
    const { out, err } = await runCommand(
      ['bundles', ...args, '--data', folder, ...(args[0] === 'show' ? ['--no-color'] : [])],
      '',
      interactive,
    )
    assert.doesNotMatch(out + err, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/, args.join(' '))
  }
})

test('verify: sound, changed, none', async () => {
  const folder = await data('verify', 2)
  assert.deepEqual(await bundles('verify', '--data', folder), {
    code: 0,
    out: '2 of 2 bundles are as they were written.\n',
    err: '',
  })
  const [first] = readdirSync(join(folder, 'bundles'))
    .filter(name => !name.startsWith('.'))
    .sort()
  appendFileSync(join(folder, 'bundles', first!, 'excerpt.log'), 'x')
  const { code, out } = await bundles('verify', '--data', folder)
  assert.equal(code, 2)
  assert.match(out, /excerpt\.log: is not as it was written\n1 of 2 bundles/)
  assert.match((await bundles('show', '1', '--data', folder)).out, /fl_read/)
})

test('prune: what would go, what goes, and what is said of it later', async () => {
  const folder = await data('prune', 12)
  const dry = await bundles('prune', '-n', '--max-count', '10', '--data', folder)
  assert.match(dry.out, /-000001-null-dereference {2}count\n.*-000002-.*\n2 would be removed\.\n$/)
  assert.equal((await bundles('prune', '--max-count', '10', '--data', folder)).code, 0)
  assert.equal((await bundles('prune', '--max-count', '10', '--data', folder)).code, 1)
  assert.match((await bundles('prune', 'latest', '--data', folder)).out, /-000012-.* {2}asked\n1 were removed/)
  assert.match((await bundles('list', '--removed', '--data', folder)).out, /count {8}\d.*\n.*count.*\n.*asked/)
  assert.match(
    (await bundles('prune', '--max-count', 'many', '--data', folder)).err,
    /--max-count: "many" is not a whole number/,
  )
})

test('export and import: one archive, all that was there', async () => {
  const folder = await data('export', 2)
  const file = join(base, 'two.tar.gz')
  const exported = await bundles('export', '-o', file, '--data', folder)
  assert.equal(exported.code, 0, exported.err)
  assert.match(exported.err, /wrote .*two\.tar\.gz: 2 bundles/)
  const other = join(base, 'import')
  assert.equal((await bundles('import', file, '--data', other)).code, 0)
  assert.match((await bundles('verify', '--data', other)).out, /2 of 2/)
  assert.match((await bundles('export', '-o', 'x.zip', '--data', folder)).err, /does not say how to pack/)
  assert.match(
    (await bundles('export', '-o', join(base, 'no', 'x.tar'), '--data', folder)).err,
    /cannot be written: ENOENT/,
  )
  writeFileSync(join(base, 'bad.tar'), 'no archive'.repeat(100))
  assert.match((await bundles('import', join(base, 'bad.tar'), '--data', other)).err, /bad\.tar/)
  assert.equal((await bundles('import', join(base, 'bad.tar'), '--data', other)).code, 2)
})

test('collectors: the built-in ones, and why others are not run', async () => {
  const folder = mkdtempSync(join(base, 'collectors-'))
  writeFileSync(join(folder, 'mine'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(folder, 'plain'), '#!/bin/sh\n', { mode: 0o644 })
  const { code, out } = await bundles('collectors', '--collectors-folder', folder, '--skip-collectors', 'meminfo')
  assert.equal(code, 2)
  assert.match(out, /^meminfo .*\(skipped by Skip=\)$/m)
  assert.match(out, /^mine .*\/mine$/m)
  assert.match(out, /^plain .*: it is not executable$/m)
})

test('config check and show', async () => {
  const file = join(base, 'x.conf')
  writeFileSync(file, '[Spool]\nMaxSzie=1G\nMaxCount=5\n')
  const wrong = await runCommand(['config', 'check', file])
  assert.equal(wrong.code, 2)
  assert.match(wrong.out, /^.*x\.conf:2:1: \[Spool\] has no key "MaxSzie"\. Did you mean MaxSize\?/)
  assert.equal(JSON.parse((await runCommand(['config', 'check', '--json', file])).out)[0].line, 2)
  writeFileSync(file, '[Spool]\nMaxCount=5\n[Collect]\nFolder=/a\nFolder=/b\n')
  assert.match((await runCommand(['config', 'check', file])).out, /^No mistakes in /)
  const { code, out } = await runCommand(['config', 'show', '--changed', file])
  assert.equal(code, 0)
  assert.equal(
    out.replaceAll(file, 'FILE'),
    '[Spool]\nMaxCount=5\n# FILE:2\n\n[Collect]\nFolder=/a\nFolder=/b\n# FILE:4, FILE:5\n',
  )
  // What is shown is itself a configuration that says the same.
  writeFileSync(join(base, 'y.conf'), (await runCommand(['config', 'show', file])).out)
  assert.equal((await runCommand(['config', 'check', join(base, 'y.conf')])).code, 0)
  assert.equal((await runCommand(['config', 'show', '--changed', '--root', join(base, 'nowhere')])).code, 1)
})

test('config check reads sources, routes, windows and names of collectors as those who use them', async () => {
  const file = join(base, 'meaning.conf')
  writeFileSync(
    file,
    `[Watch]
Source=kmsg
Source=netconsol::6666
[Routes]
Route=kern.err /var/log/kern.err
Route=kern.nonsense /var/log/x
[Harvest]
Window=/dev/mtd3,0x10000
[Collect]
Skip=ps memifno
Folder=collectors.d
`,
  )
  const { code, out } = await runCommand(['config', 'check', file])
  assert.equal(code, 2)
  const lines = out.replaceAll(`${file}:`, '').trim().split('\n')
  assert.match(lines[0]!, /^3:8: Source: there is no source "netconsol"; .*Did you mean netconsole\?/)
  assert.match(lines[1]!, /^6:7: Route: "kern\.nonsense": "nonsense" is no level/)
  assert.match(lines[2]!, /^8:8: Window: expected PATH,OFFSET,BYTES/)
  assert.match(lines[3]!, /^10:9: Skip: there is no collector "memifno"\. Did you mean meminfo\?/)
  assert.match(lines[4]!, /^11:8: Folder: expected an absolute path/)
  assert.equal(lines.length, 5)
})

test('a log written by an enemy becomes a bundle like any other', async () => {
  const comm = '../$(id)\u001b[2J%n'
  const lines = [
    '[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008',
    '[    1.000001] Oops: 0000 [#1] PREEMPT SMP NOPTI',
    `[    1.000002] CPU: 0 PID: 77 Comm: ${comm} Tainted: G           OE      ../../../etc/6.1.0<b> #1`,
    `[    1.000003] RIP: 0010:${'evil_'.repeat(40)}\u202e+0x14/0x30 [../../mod]`,
    '[    1.000004] Call Trace:',
    `[    1.000005]  ${'x'.repeat(1024)}+0x1/0x2`,
    '[    1.000006]  "; rm -rf / #+0x1/0x2',
    '[    1.000007] ---[ end trace 0000000000000000 ]---',
  ]
  const excerpt = Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from([0x0a, 0xff, 0xfe, 0x00, 0x9b, 0x0a])])
  const [report] = decodeBytes(excerpt)
  const folder = await data('enemy', 1, sampleDraft({ report: report!, excerpt, context: excerpt }))
  const names = readdirSync(join(folder, 'bundles'), { recursive: true }).map(String)
  for (const name of names) assert.match(name, /^[A-Za-z0-9./_-]+$/)
  assert.equal(names.filter(name => name.startsWith('2026')).length, 1 + 5)
  assert.match((await bundles('verify', '--data', folder)).out, /1 of 1/)
  const interactive = { interactive: true, env: { TERM: 'xterm' } }
  for (const more of [[], ['-v', '--raw'], ['--markdown'], ['excerpt.log']]) {
    const args = ['bundles', 'show', 'latest', ...more, '--no-color', '--data', folder]
    const { code, out } = await runCommand(args, '', interactive)
    assert.equal(code, 0)
    assert.doesNotMatch(out, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/, more.join(' '))
  }
  const raw = await runCommand(['bundles', 'show', 'latest', 'excerpt.log', '--data', folder])
  assert.equal(raw.out, excerpt.toString('latin1'))
})
