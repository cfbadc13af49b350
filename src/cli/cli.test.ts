// The command as a user runs it, in process: arguments and files in, output and exit code out.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { runCommand as run } from '../../tests/run-command.ts'
import { archNames } from '../core/vocabulary.ts'
import { parseListen } from './listen.ts'
import { Progress } from './progress.ts'
import { ReaderGone, type Terminal, wantsColour } from './terminal.ts'

const oops = `\
[    1.000000] Linux version 6.1.0 (x@y) #1 SMP
[    9.231431] BUG: kernel NULL pointer dereference, address: 0000000000000050
[    9.231432] #PF: supervisor read access in kernel mode
[    9.231433] #PF: error_code(0x0000) - not-present page
[    9.231434] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    9.231435] CPU: 0 PID: 135 Comm: sh Not tainted 6.1.0 #1
[    9.231436] RIP: 0010:fl_null_read+0xc/0x20 [fltrig]
[    9.231437] Call Trace:
[    9.231438]  <TASK>
[    9.231439]  fl_run+0x30/0x51a [fltrig]
[    9.231440]  vfs_write+0xc7/0x3f0
[    9.231441]  </TASK>
[    9.231442] ---[ end trace 0000000000000000 ]---
`
const title = 'BUG: unable to handle kernel NULL pointer dereference in fl_null_read'

const folder = mkdtempSync(join(tmpdir(), 'faultline-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A file of this test's folder. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test('decode: a report, exit code 0; nothing found, exit code 1', async () => {
  const found = await run(['decode', file('oops.log', oops)])
  assert.equal(found.code, 0)
  assert.match(found.out, new RegExp(`^\\[OOPS\\] ${title}`))
  assert.equal(found.err, '')
  const clean = await run(['decode', file('clean.log', '[    1.000000] Linux version 6.1.0\n')])
  assert.deepEqual(clean, { code: 1, out: '', err: '' })
  const watched = await run(['decode', file('empty.log', '')], '', { interactive: true })
  assert.match(watched.err, /no kernel exception in .*empty\.log/)
  assert.equal((await run(['decode', file('empty.log', '')])).code, 1)
})

test('decode --json: one object a line, the name as it was given', async () => {
  const path = file('json.log', oops)
  const { code, out } = await run(['decode', '--json', path, path])
  assert.equal(code, 0)
  const reports = out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    reports.map(report => [report.title, report.source.file, report.schema]),
    [
      [title, path, 'faultline.report/1'],
      [title, path, 'faultline.report/1'],
    ],
  )
})

test('decode: standard input by "-" and by default', async () => {
  for (const args of [
    ['decode', '--json', '-'],
    ['decode', '--json'],
  ]) {
    const { code, out } = await run(args, oops)
    assert.equal(code, 0)
    assert.equal(JSON.parse(out).source.file, '-')
  }
})

test('decode: no file and a terminal on standard input is a question, not a hang', async () => {
  const { code, err } = await run(['decode'], '', { stdinInteractive: true })
  assert.equal(code, 2)
  assert.match(err, /no FILE given .* dmesg \| faultline decode/)
})

test('decode: compressed files', async () => {
  for (const [name, bytes] of [
    ['oops.gz', gzipSync(oops)],
    ['oops.zst', zstdCompressSync(oops)],
  ] as const) {
    const { code, out } = await run(['decode', '--summary', file(name, bytes)])
    assert.equal(code, 0, name)
    assert.ok(out.includes(title), name)
  }
})

test('decode: a bad file among good ones: a message, the others decoded, exit code 2', async () => {
  mkdirSync(join(folder, 'a-folder'))
  symlinkSync('loop', join(folder, 'loop'))
  const good = file('good.log', oops)
  const cases: [string, RegExp][] = [
    [join(folder, 'missing.log'), /missing\.log: no such file/],
    [join(folder, 'a-folder'), /a-folder: is a directory; name the files in it/],
    [join(folder, 'loop'), /loop: cannot be read \(ELOOP\)/],
    [file('torn.gz', gzipSync(oops).subarray(0, 200)), /torn\.gz: gzip data breaks off at byte \d+: /],
  ]
  for (const [bad, message] of cases) {
    const { code, out, err } = await run(['decode', '--summary', good, bad, good])
    assert.equal(code, 2, bad)
    assert.match(err, message)
    assert.equal(out.split('\n').filter(line => line.endsWith(`${good}:2-13`)).length, 2, out)
  }
})

test('decode: what came before a compressed file breaks off is still decoded', async () => {
  const filler = Array.from(
    { length: 20_000 },
    (_, index) => `[   10.${String(index).padStart(6, '0')}] line ${index * 7919}\n`,
  )
  const torn = gzipSync(oops + filler.join(''))
  const { code, out } = await run(['decode', '--summary', file('late.gz', torn.subarray(0, torn.length - 5000))])
  assert.equal(code, 2)
  assert.ok(out.includes(title))
})

test('decode: rubbish is no report', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919 + (index >> 3) * 104729) & 0xff)
  const { code, out, err } = await run(['decode', file('rubbish.bin', bytes)])
  assert.deepEqual({ code, out, err }, { code: 1, out: '', err: '' })
})

test('decode --html: one whole page or none', async () => {
  const path = join(folder, 'page.html')
  const { code, out, err } = await run(['decode', '--html', path, file('for-html.log', oops)])
  assert.equal(code, 0)
  assert.equal(out, '')
  assert.match(err, /wrote .*page\.html: 1 report\n$/)
  assert.match(readFileSync(path, 'utf8'), /^<!doctype html>.*<\/html>\n$/s)
  const both = await run(['decode', '--html', path, '--summary', file('for-html.log', oops)])
  assert.ok(both.out.includes(title))
  const gone = await run(['decode', '--html', join(folder, 'nowhere', 'page.html'), file('for-html.log', oops)])
  assert.equal(gone.code, 2)
  assert.match(gone.err, /cannot be written: its folder does not exist/)
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('.page')),
    [],
  )
})

test('decode --html: never over an input', async () => {
  const path = file('precious.log', oops)
  const { code, err } = await run(['decode', '--html', path, path])
  assert.equal(code, 2)
  assert.match(err, /would overwrite it/)
  assert.equal(readFileSync(path, 'utf8'), oops)
})

test('decode --markdown', async () => {
  const { code, out } = await run(['decode', '--markdown', file('md.log', oops)])
  assert.equal(code, 0)
  assert.match(out, new RegExp(`^## ${title}\n`))
})

test('usage errors: exit code 2, on standard error', async () => {
  for (const args of [
    ['decode', '--frobnicate'],
    ['decode', '--json', '--markdown'],
    ['frobnicate'],
    ['decode', '--arch', 'pdp11'],
    [],
  ]) {
    const { code, out, err } = await run(args)
    assert.equal(code, 2, args.join(' '))
    assert.equal(out, '', args.join(' '))
    assert.notEqual(err, '')
  }
})

test('--version is told whatever stands behind it', async () => {
  const told = await run(['--version'])
  for (const args of [['-V'], ['--version', 'decode'], ['--version', 'nothing']])
    assert.deepEqual(await run(args), told)
})

test('--help and --version on standard output, exit code 0', async () => {
  for (const args of [['--help'], ['--version'], ['decode', '--help'], ['help', 'decode'], ['up', '--help']]) {
    const { code, out, err } = await run(args)
    assert.equal(code, 0, args.join(' '))
    assert.notEqual(out, '', args.join(' '))
    assert.equal(err, '')
  }
})

test('schema: a JSON Schema', async () => {
  const { code, out } = await run(['schema'])
  assert.equal(code, 0)
  assert.equal(JSON.parse(out).$schema, 'https://json-schema.org/draft/2020-12/schema')
  assert.equal((await run(['decode', '--schema'])).out, out)
})

test('a reader that goes away ends the command quietly', async () => {
  let printed = 0
  const path = file('twice.log', oops + oops.replaceAll('0x50', '0x60'))
  const { code, err } = await run(['decode', path, path], '', {
    print: async () => {
      if (printed++ > 0) throw new ReaderGone()
    },
  })
  assert.equal(code, 0)
  assert.equal(err, '')
})

test('colour: on a terminal, unless asked not to', () => {
  const at = (interactive: boolean, env: Record<string, string>): Terminal => ({ interactive, env }) as Terminal
  assert.equal(wantsColour(at(true, {}), true), true)
  assert.equal(wantsColour(at(false, {}), true), false)
  assert.equal(wantsColour(at(true, {}), false), false)
  assert.equal(wantsColour(at(true, { NO_COLOR: '1' }), true), false)
  assert.equal(wantsColour(at(true, { NO_COLOR: '' }), true), true)
  assert.equal(wantsColour(at(true, { TERM: 'dumb' }), true), false)
  assert.equal(wantsColour(at(false, { FORCE_COLOR: '1' }), true), true)
})

test('progress: only on a terminal, only for long work, taken away again', () => {
  let err = ''
  let now = 0
  const stderr = Object.assign(
    new Writable({
      write(chunk, _, done) {
        err += String(chunk)
        done()
      },
    }),
    { isTTY: true, columns: 60 },
  )
  const progress = new Progress({ stderr } as unknown as Terminal, () => now)
  progress.update('a.log', 1, 100, '0 reports')
  assert.equal(err, '')
  now = 1000
  progress.update('a\x1b[2J.log', 50, 100, '1 report')
  assert.match(err, /^\r\x1b\[K█+░+ {2}50% /)
  assert.doesNotMatch(err, /\x1b\[2J/)
  now = 1010
  const before = err
  progress.update('a.log', 51, 100, '1 report')
  assert.equal(err, before)
  progress.clear()
  assert.ok(err.endsWith('\r\x1b[K'))
})

test('completions name every command and option, and their shells accept them', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await run(['completions', shell])
    assert.equal(code, 0)
    for (const word of ['decode', 'up', 'schema', 'completions', 'html', 'markdown', ...archNames]) {
      assert.ok(out.includes(word), `${shell}: ${word}`)
    }
  }
  const { out } = await run(['completions', 'bash'])
  const script = `${out}
COMP_WORDS=(faultline decode --js); COMP_CWORD=2; _faultline; echo "\${COMPREPLY[@]}"
COMP_WORDS=(faultline dec); COMP_CWORD=1; _faultline; echo "\${COMPREPLY[@]}"
COMP_WORDS=(faultline decode --arch ri); COMP_CWORD=3; _faultline; echo "\${COMPREPLY[@]}"`
  const { stdout } = spawnSync('bash', ['--norc', '-c', `compopt() { :; }\n${script}`], { encoding: 'utf8' })
  assert.deepEqual(stdout.trim().split('\n'), ['--json', 'decode', 'riscv64 riscv32'])
  assert.equal((await run(['completions', 'tcsh'])).code, 2)
})

test('up --listen: what it takes', () => {
  assert.deepEqual(parseListen('127.0.0.1:8787'), { host: '127.0.0.1', port: 8787 })
  assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 })
  assert.deepEqual(parseListen(':80'), { host: '127.0.0.1', port: 80 })
  assert.deepEqual(parseListen('8080'), { host: '127.0.0.1', port: 8080 })
  for (const text of ['', 'host', '1.2.3.4:99999', 'a:b:c', '::1'])
    assert.throws(() => parseListen(text), /expected HOST:PORT/)
})

test('decode --arch: only where the log does not tell', async () => {
  const silent = file(
    'silent.log',
    '[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n',
  )
  assert.equal(JSON.parse((await run(['decode', '--json', '--arch', 'arm64', silent])).out).arch, 'arm64')
  const telling = file('telling.log', oops)
  assert.equal(JSON.parse((await run(['decode', '--json', '--arch', 'arm64', telling])).out).arch, 'x86_64')
})
