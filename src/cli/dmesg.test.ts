// `faultline dmesg` beside the machine's own dmesg: the same bytes for the same input, flag by flag.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Outcome, runCommand } from '../../tests/run-command.ts'
import { escapeBytes } from '../agent/ring/escape.ts'
import { ReaderGone, type Terminal } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-dmesg-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const locale = { LC_ALL: 'C.UTF-8', TZ: process.env['TZ'] ?? '' }

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

interface Printed extends Outcome {
  bytes: Buffer
}

async function ours(args: string[], change: Partial<Terminal> = {}): Promise<Printed> {
  const chunks: Uint8Array[] = []
  const printBytes = async (bytes: Uint8Array): Promise<void> => {
    chunks.push(bytes)
  }
  const outcome = await runCommand(['dmesg', ...args], '', { env: locale, printBytes, ...change })
  const bytes = Buffer.concat(chunks)
  return { ...outcome, bytes, out: bytes.toString() }
}

const theirs = (args: string[]) => spawnSync('dmesg', args, { env: { ...process.env, ...locale }, maxBuffer: 1 << 28 })

const version = /util-linux (\d+)\.(\d+)/.exec(String(theirs(['--version']).stdout))
const hasDmesg = version !== null || 'dmesg is not that of util-linux'
/** dmesg counts on what was right in its time: times to the second, priorities as they were combined in 2.38 */
const isOld = version !== null && Number(version[1]) === 2 && Number(version[2]) < 39

const message = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'usb 1-1: ',
        'foo',
        '\n',
        ' ',
        '\x1b[31m',
        '\x01',
        '\x7f',
        'é',
        '日本',
        '\u200b',
        '\u202e',
        '\x85',
        '\u2028',
      ],
      ...[
        '\t',
        '\r',
        '\v',
        '>',
        '[',
        '] ',
        'segfault at 0',
        ': ',
        '"',
        '\\',
        '\\x41',
        '\\x0a',
        '\\xzz',
        '😀',
        '\ue000',
      ],
    ),
    { maxLength: 8 },
  )
  .map(parts => Buffer.from(parts.join('')))
/** Bytes that are no UTF-8. */
const broken = fc
  .constantFrom('', '\xff', '\xc3', '\xe2\x82', '\xed\xa0\x80', '\xc0\xaf', '\xf5', '\x80')
  .map(text => Buffer.from(text, 'latin1'))
const prefix = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 14, 30),
    fc.constantFrom('    1.234567', '   12.000001', '12345.678901'),
  )
  .map(([priority, time]) => Buffer.from(`<${priority}>[${time}] `))
const log = fc
  .array(
    fc.tuple(prefix, message, broken).map(parts => Buffer.concat([...parts, Buffer.from('\n')])),
    { minLength: 1, maxLength: 6 },
  )
  .map(lines => Buffer.concat(lines))

const formats = [
  [],
  ['-x'],
  ['-t'],
  ['-d'],
  ['-d', '-t'],
  ['-Lalways'],
  ['-x', '--color=always'],
  ['-r'],
  ['-l', 'err,warn,crit'],
  ['-k'],
  ['-u'],
  ['-f', 'kern,daemon'],
  ['--noescape'],
  ['-p'],
  ['--time-format', 'delta'],
]

test('any file in the form of syslog(2): every format, byte for byte', {
  skip: hasDmesg !== true && hasDmesg,
}, async () => {
  const path = join(folder, 'any')
  await fc.assert(
    fc.asyncProperty(log, fc.constantFrom(...formats), async (bytes, options) => {
      writeFileSync(path, bytes)
      const expected = theirs(['-F', path, ...options])
      const found = await ours(['-F', path, ...options])
      assert.equal(found.bytes.toString('latin1'), expected.stdout.toString('latin1'))
      assert.equal(found.code, expected.status)
    }),
    { numRuns: 80 },
  )
})

test('what the C library calls printable is printed, the rest escaped', { skip: hasDmesg !== true && hasDmesg }, () => {
  const codes = Array.from({ length: 0x2f000 }, (_, i) => i).filter(
    code => code >= 0x80 && (code < 0xd800 || code > 0xdfff),
  )
  const lines = codes.map(code => `<6>[    1.000000] ${String.fromCodePoint(code)}\n`)
  const shown = theirs(['-t', '-F', file('unicode', lines.join(''))])
    .stdout.toString('latin1')
    .split('\n')
  const wrong = codes.filter((code, index) => {
    const bytes = Buffer.from(String.fromCodePoint(code)).toString('latin1')
    return escapeBytes(bytes, { utf8: true, strict: false }) !== shown[index]
  })
  // The newer of the two Unicode tables knows more characters; scripts of before 2010 are in both.
  assert.deepEqual(
    wrong.filter(code => code < 0x870),
    [],
  )
  assert.ok(wrong.length < 8000, `${wrong.length} differ`)
})

/** The ring may change between two readings: both are read until one was still. */
async function sameAsLive(options: string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const before = theirs(options).stdout
    const found = await ours(options)
    const expected = theirs(options)
    if (!before.equals(expected.stdout) && attempt < 10) continue
    assert.equal(found.bytes.toString('latin1'), expected.stdout.toString('latin1'), options.join(' '))
    assert.equal(found.code, expected.status)
    return
  }
}

const readable = hasDmesg === true && theirs([]).status === 0 && theirs([]).stdout.length > 0
const noRing = readable ? false : 'the ring of this machine cannot be read'

test('the ring itself: every format, byte for byte', { skip: noRing }, async () => {
  for (const options of [
    ...formats,
    ...[['-S'], ['-S', '-x'], ['-S', '-r'], ['-S', '-s', '5000'], ['-x', '-J'], ['-J', '-k'], ['-r', '-k']],
    ...[
      ['--since', 'yesterday'],
      ['--until', 'yesterday'],
      ['--time-format', 'notime'],
    ],
  ]) {
    // 2.38 combines facility and level wrongly, where it is not the kernel's
    await sameAsLive(isOld && options.includes('-r') && !options.includes('-S') ? [...options, '-k'] : options)
  }
})

test('dates: the same to the second', { skip: noRing }, async () => {
  const dateAt = (line: string): number => Date.parse(/^\[?(?<date>[^,\]]+)/.exec(line)!.groups!['date']!)
  for (const options of [['-T'], ['--time-format', 'iso']]) {
    const expected = theirs(options).stdout.toString().split('\n').slice(0, 50)
    const found = (await ours(options)).out.split('\n')
    for (const [index, line] of expected.entries()) {
      // 2.38 cuts fractions off before it adds
      assert.ok(Math.abs(dateAt(found[index]!) - dateAt(line)) <= 1000, `${found[index]} / ${line}`)
      assert.equal(found[index]!.replace(/^\[?[^ ]+( [^\]]+\])?/, ''), line.replace(/^\[?[^ ]+( [^\]]+\])?/, ''))
    }
  }
})

test('times relative to the one before: the same but for where a minute begins', { skip: noRing }, async () => {
  const bare = (text: string): string[] => text.split('\n').map(line => line.replace(/^\[[^\]]*\] /, ''))
  for (const options of [['-e'], ['-H'], ['--time-format', 'reltime']]) {
    const expected = theirs(options).stdout.toString()
    const { out } = await ours(options)
    assert.deepEqual(bare(out).slice(0, 100), bare(expected).slice(0, 100))
    const different = out.split('\n').filter((line, index) => line !== expected.split('\n')[index])
    assert.ok(different.length < 40, different.join('\n'))
  }
})

test('what is wrong on the command line fails as dmesg does', { skip: hasDmesg !== true && hasDmesg }, async () => {
  for (const options of [
    ...[
      ['-l', 'loud'],
      ['-f', 'nobody'],
      ['-r', '-x'],
      ['-C', '-c'],
      ['-D', '-E'],
      ['-S', '-w'],
      ['-H', '-r'],
      ['--bogus'],
    ],
    ...[
      ['extra'],
      ['--since', 'whenever'],
      ['--time-format', 'sundial'],
      ['-n', '9'],
      ['-n', '0'],
      ['-F', '/nowhere'],
      ['-Lmaybe'],
    ],
    ...[
      ['-s', 'much'],
      ['-S', '-r', '-l', 'err'],
    ],
  ]) {
    const found = await ours(options)
    assert.equal(found.code, 1, options.join(' '))
    assert.equal(theirs(options).status, 1, options.join(' '))
    assert.equal(found.out, '')
    assert.match(found.err, /^faultline: .{10}/)
  }
})

const kmsg = Buffer.from(
  [
    '6,1,1000001,-,caller=T1;usb 1-1: new device\n SUBSYSTEM=usb\n DEVICE=+usb:1-1\n',
    '3,2,2500000,-,caller=C12,other=1;first\\x0asecond \\xe6\\x97\\xa5\n',
    '30,3,12500000,c;systemd[1]: hello "x"\n',
  ].join('\0') + '\0',
)

/** the column of callers is as wide as the longest thread number with its letter; the last line break of pid_max counts */
const width = readFileSync('/proc/sys/kernel/pid_max', 'utf8').length
const T1 = `[${'T1'.padStart(width)}] `
const C12 = `[${'C12'.padStart(width)}] `
const below = (columns: number): string => ' '.repeat(columns + T1.length)

// What dmesg of util-linux 2.41 prints of this file; 2.38 has no -K and shows no callers.
const kmsgPrinted: [string[], string][] = [
  [
    [],
    `[    1.000001] ${T1}usb 1-1: new device\n[    2.500000] ${C12}first\n${below(15)}second 日\n[   12.500000] systemd[1]: hello "x"\n`,
  ],
  [
    ['-x', '-p'],
    `kern  :info  : [    1.000001] ${T1}usb 1-1: new device\nkern  :err   : [    2.500000] ${C12}first\nkern  :err   : [    2.500000] ${C12}second 日\ndaemon:info  : [   12.500000] systemd[1]: hello "x"\n`,
  ],
  [
    ['-r'],
    `<6>[    1.000001] ${T1}usb 1-1: new device\n<3>[    2.500000] ${C12}first\n${below(18)}second 日\n<30>[   12.500000] systemd[1]: hello "x"\n`,
  ],
  [['-l', 'err+'], `[    2.500000] ${C12}first\n${below(15)}second 日\n`],
  [['-l', '+warn', '-t'], `${T1}usb 1-1: new device\nsystemd[1]: hello "x"\n`],
  [['-d', '-u'], '[   12.500000 <   10.000000>] systemd[1]: hello "x"\n'],
  [
    ['--time-format', 'delta', '--time-format', 'raw', '-k', '-l', 'info'],
    `[    1.000001 <    0.000000>] ${T1}usb 1-1: new device\n`,
  ],
  [
    ['-J', '-f', 'kern'],
    '{\n   "dmesg": [\n      {\n         "pri": 6,\n         "time":     1.000001,\n         "caller": "T1",\n         "msg": "usb 1-1: new device"\n      },{\n         "pri": 3,\n         "time":     2.500000,\n         "caller": "C12",\n         "msg": "first\\nsecond 日"\n      }\n   ]\n}\n',
  ],
]

test('records of /dev/kmsg from a file, with callers', async () => {
  const path = file('kmsg', kmsg)
  for (const [options, expected] of kmsgPrinted) {
    assert.equal((await ours(['-K', path, ...options])).out, expected, options.join(' '))
  }
  const tooLong = await ours(['-K', file('long', 'x'.repeat(3000))])
  assert.equal(tooLong.code, 1)
  assert.match(tooLong.err, /the record at byte 0 is longer than 2048 bytes/)
})

test('no file crashes it', async () => {
  const path = join(folder, 'fuzz')
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('<>[];,.\n\0 019-c\\x=T')))
  await fc.assert(
    fc.asyncProperty(
      fc.array(byte, { maxLength: 120 }),
      fc.constantFrom('-F', '-K'),
      fc.constantFrom(...formats, ['-J'], ['--explain']),
      async (bytes, how, options) => {
        writeFileSync(path, Uint8Array.from(bytes))
        const found = await ours([how, path, ...options], { interactive: true, columns: 80 })
        assert.equal(found.code, 0, found.err)
        if (!options.includes('--noescape') && !options.join().includes('always')) {
          assert.doesNotMatch(found.out, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
        }
      },
    ),
    { numRuns: 120 },
  )
})

test('on a terminal nothing moves the cursor or turns text round', async () => {
  const path = file('hostile', '<3>[    1.000000] a\rb\x0bc\u202ed\u200be\u2028f\x1b]0;x\x07\n')
  const shown = await ours(['-F', path], { interactive: true })
  assert.equal(
    shown.out,
    '[    1.000000] a\\x0db\\x0bc\\xe2\\x80\\xaed\\xe2\\x80\\x8be\\xe2\\x80\\xa8f\\x1b]0;x\\x07\n',
  )
  const json = await ours(['-J', '-F', path], { interactive: true })
  assert.doesNotMatch(json.out, /[\x00-\x09\x0b-\x1f\u202e\u200b\u2028]/)
  assert.equal(JSON.parse(json.out).dmesg[0].msg, 'a\rb\x0bc\u202ed\u200be\u2028f\x1b]0;x\x07')
})

test('colours: only where they are seen, as terminal-colors.d says', async () => {
  const path = file('colours', '<3>[    1.000000] sda: bad\n')
  const home = join(folder, 'home')
  const onTerminal = (env: Record<string, string>, ...args: string[]) =>
    ours(['-F', path, ...args], { interactive: true, env: { ...locale, TERM: 'xterm', HOME: home, ...env } })
  const painted = '\x1b[32m[    1.000000] \x1b[0m\x1b[33msda: \x1b[0m\x1b[31mbad\x1b[0m\n'
  assert.equal((await onTerminal({})).out, painted)
  assert.equal((await ours(['-F', path])).out, '[    1.000000] sda: bad\n')
  assert.equal((await onTerminal({ NO_COLOR: '1' })).out, '[    1.000000] sda: bad\n')
  assert.equal((await onTerminal({ TERM: 'dumb' })).out, '[    1.000000] sda: bad\n')
  const config = join(home, '.config/terminal-colors.d')
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, 'dmesg.scheme'), '# mine\nerr 1;35\nsubsys cyan\ntime \\e[36m\nwarn evil\x1b[2J\n')
  assert.equal((await onTerminal({})).out, '\x1b[36m[    1.000000] \x1b[0m\x1b[36msda: \x1b[0m\x1b[1;35mbad\x1b[0m\n')
  writeFileSync(join(config, 'dmesg.disable'), '')
  assert.equal((await onTerminal({})).out, '[    1.000000] sda: bad\n')
  assert.match((await onTerminal({}, '-L')).out, /\x1b/)
})

test('-H goes through the pager', async () => {
  const path = file('paged', '<3>[    1.000000] sda: bad\n')
  const paged = join(folder, 'paged.out')
  const env = { ...locale, PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1' }
  const found = await ours(['-H', '-F', path], {
    interactive: true,
    env: { ...env, PAGER: `tee ${paged} > /dev/null` },
  })
  assert.equal(found.out, '')
  assert.match(readFileSync(paged, 'utf8'), /^\[\w{3} ?\d+ \d\d:\d\d\] sda: bad\n$/)
  for (const PAGER of ['cat', '', 'no-such-pager']) {
    assert.match((await ours(['-H', '-F', path], { interactive: true, env: { ...env, PAGER } })).out, /sda: bad/)
  }
})

const oops = readFileSync(
  join(import.meta.dirname, '../../fixtures/kinds/null-dereference/x86_64-6.1-read-in-module/input.log'),
  'utf8',
)

test('--explain: each exception is followed by what it means', async () => {
  const lines = oops.split('\n').filter(line => line !== '')
  const path = file(
    'oops',
    `${lines.map(line => (line.startsWith('<') ? line : `<6>${line}`)).join('\n')}\n<6>[99999.000000] after\n`,
  )
  const { out, code } = await ours(['--explain', '-F', path])
  assert.equal(code, 0)
  const shown = out.split('\n')
  const first = shown.findIndex(line => line.startsWith('│ [OOPS] BUG: unable to handle'))
  assert.ok(first > 0)
  assert.match(shown[first - 1]!, /exited with irqs disabled|end trace/)
  assert.match(shown.at(-2)!, /after$/)
  assert.ok(shown.filter(line => line.startsWith('│')).length > 5)
  assert.equal((await ours(['--explain', '-J', '-F', path])).code, 1)
})

const writable = (() => {
  try {
    openSync('/dev/kmsg', 'r+')
    return readable
  } catch {
    return false
  }
})()

test('-W: what comes, as it comes, and explained', {
  skip: writable ? false : 'this machine’s /dev/kmsg cannot be written',
}, async () => {
  const kernel = openSync('/dev/kmsg', 'w')
  const mark = `faultline-follow-${process.pid}`
  const seen: string[] = []
  // one line: a follower that waits for a message which is lost would wait for ever
  const say = setInterval(() => writeSync(kernel, `<12>${mark}\n`), 100)
  const printBytes = async (bytes: Uint8Array): Promise<void> => {
    seen.push(Buffer.from(bytes).toString())
    if (seen.join('').includes(mark)) throw new ReaderGone()
  }
  const { code } = await ours(['-W', '-x', '--explain'], { printBytes }).finally(() => clearInterval(say))
  assert.equal(code, 0)
  assert.match(seen.join(''), new RegExp(`^user  :warn  : \\[ *\\d+\\.\\d{6}\\] .*${mark}\n$`, 'm'))
})

test('who may not is told why', { skip: process.getuid?.() === 0 ? false : 'takes root, to become nobody' }, () => {
  const root = join(import.meta.dirname, '../..')
  const script = file('main.mjs', `import { main } from '${root}/src/cli/faultline.ts'\nawait main()\n`)
  chmodSync(folder, 0o755)
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all', '--']
  const run = (...args: string[]) =>
    spawnSync(
      'setpriv',
      [...nobody, process.execPath, '--disable-warning=ExperimentalWarning', script, 'dmesg', ...args],
      { cwd: '/' },
    )
  const cleared = run('--console-on')
  assert.equal(cleared.status, 1, String(cleared.stderr))
  assert.match(String(cleared.stderr), /klogctl failed: Operation not permitted: this takes CAP_SYSLOG/)
  const restricted = readFileSync('/proc/sys/kernel/dmesg_restrict', 'utf8').trim() === '1'
  const read = run()
  if (restricted) assert.match(String(read.stderr), /kernel\.dmesg_restrict is 1.*sysctl kernel\.dmesg_restrict=0/)
  else assert.equal(read.status, 0)
})
