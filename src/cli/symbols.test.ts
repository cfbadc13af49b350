// Lines and inlined calls through the command: debug files in every place and wrapping they come in, and indexes of them.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { runCommand } from '../../tests/run-command.ts'
import { compile, has, run, scratchFolder, sources } from '../../tests/toolchain.ts'

const folder = scratchFolder()
const native = { name: 'native', prefix: '' }
const vmlinux = compile(native, join(folder, 'vmlinux-6.9-test+'), ['-O2', '-g', '-Wl,--build-id'])
const modules = join(folder, 'modules')
mkdirSync(join(modules, 'fs'), { recursive: true })
const module = compile(native, join(modules, 'fs', 'wa-lk.ko'), ['-O2', '-g', '-c'], ['walk.c'])
const buildId = /Build ID: ([0-9a-f]+)/.exec(run('readelf', ['-nW', vmlinux]))![1]!
const env = { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder }
const faultline = (...args: string[]) => runCommand(args, '', { env })

/** "0000000000401060 0x61 walk" */
const sizeOf = async (file: string, name: string): Promise<string> =>
  new RegExp(` (0x[0-9a-f]+) ${name}$`, 'm').exec((await faultline('symbols', 'list', file)).out)![1]!

const [size, moduleSize] = [await sizeOf(vmlinux, 'walk'), await sizeOf(module, 'walk')]
const log = join(folder, 'oops.log')
writeFileSync(
  log,
  `[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000050
[    1.000000] Oops: 0000 [#1] PREEMPT SMP NOPTI
[    1.000000] CPU: 0 PID: 135 Comm: sh Not tainted 6.9-test+ #1 ${buildId}
[    1.000000] RIP: 0010:walk+0x4/${moduleSize} [wa_lk]
[    1.000000] Call Trace:
[    1.000000]  <TASK>
[    1.000000]  begin+0x10/0x99999 [wa_lk]
[    1.000000]  walk+0x20/${size}
[    1.000000]  </TASK>
[    1.000000] ---[ end trace 0000000000000000 ]---
`,
)

const framesOf = (out: string) => JSON.parse(out).traces[0].frames
const lineOf = (out: string) => framesOf(out)[1].place

test('decode --vmlinux --modules: places in every view, what does not fit said once', async () => {
  const { code, out, err } = await faultline('decode', '--vmlinux', vmlinux, '--modules', modules, log)
  assert.equal(code, 0)
  assert.match(out, /walk\+0x20\/0x[0-9a-f]+ +\S*walk\.c:\d+/)
  assert.match(out, /at +walk\+0x4\/0x[0-9a-f]+ \[wa_lk\] +\S*walk\.c:\d+/)
  assert.match(
    err,
    /^faultline: begin has 0x[0-9a-f]+ bytes in .*wa-lk\.ko and 0x99999 in the log: not the same build\n$/,
  )
  const markdown = await faultline('decode', '--markdown', '--vmlinux', vmlinux, '--modules', modules, log)
  assert.match(markdown.out, /walk\.c:\d+/)
  const html = await faultline('decode', '--html', '-', '--vmlinux', vmlinux, '--modules', modules, log)
  assert.match(html.out, /class="place">\S*walk\.c:\d+/)
})

test('the same from an index, by itself and found by build ID; without modules they are missed', async () => {
  const direct = await faultline('decode', '--json', '--vmlinux', vmlinux, '--modules', modules, log)
  const index = join(folder, 'k.symbols')
  const built = await faultline('symbols', 'build', '-o', index, modules, vmlinux)
  assert.match(built.out, /^.*k\.symbols: 2 objects, \d+\.\d MB\n$/)
  assert.match(
    (await faultline('symbols', 'list', index)).out,
    new RegExp(`^vmlinux +${buildId} \\d+\nwa_lk +- \\d+\n$`),
  )
  const indexed = await faultline('decode', '--json', '--vmlinux', index, log)
  // An index has neither columns nor code.
  const plain = (out: string) =>
    out
      .replaceAll(/,"column":\d+/g, '')
      .replaceAll(/"detail":"[^"]*"/g, '"detail":""')
      .replaceAll(/,"disassembly":\{.*?\}\]\}/g, '')
  assert.equal(plain(indexed.out), plain(direct.out))
  assert.equal((await faultline('symbols', 'build', vmlinux)).code, 0)
  const kept = await faultline('decode', '--json', '--vmlinux', vmlinux, log)
  assert.deepEqual(lineOf(plain(kept.out)), lineOf(plain(direct.out)))
  assert.match(kept.err, /no debug file of module wa_lk was found/)
  rmSync(env.XDG_CACHE_HOME, { recursive: true })
})

test('modules in gzip, zstd and xz', async () => {
  const content = readFileSync(module)
  const wrapped: Record<string, Uint8Array> = {
    'walk.ko.gz': gzipSync(content),
    'walk.ko.zst': zstdCompressSync(content),
  }
  if (has('xz')) wrapped['walk.ko.xz'] = Buffer.from(run('xz', ['-c', '--check=crc32', module], '', 'latin1'), 'latin1')
  for (const [name, bytes] of Object.entries(wrapped)) {
    const place = join(folder, `in-${name}`)
    mkdirSync(place)
    writeFileSync(join(place, name), bytes)
    const { out } = await faultline('symbols', 'lookup', '--modules', place, 'walk:walk+4')
    assert.match(out, /walk at \S*walk\.c:\d+$/m, name)
  }
})

test('a Debian package of debug symbols, opened as it is', { skip: !has('ar') && 'ar is not installed' }, async () => {
  const work = join(folder, 'package')
  const deep = `usr/lib/debug/lib/modules/6.9/${'a-long-folder-name/'.repeat(9)}`
  mkdirSync(join(work, 'usr/lib/debug/boot'), { recursive: true })
  mkdirSync(join(work, deep), { recursive: true })
  cpSync(vmlinux, join(work, 'usr/lib/debug/boot/vmlinux-6.9-test+'))
  cpSync(module, join(work, deep, 'wa-lk.ko'))
  writeFileSync(join(folder, 'debian-binary'), '2.0\n')
  for (const [form, packing] of [
    ['gnu', '--xz'],
    ['pax', '--zstd'],
    ['ustar', '--gzip'],
  ]) {
    const [data, deb, index] = [`data.tar.${form}`, `${form}.deb`, `${form}.symbols`].map(name => join(folder, name))
    run('tar', [`--format=${form}`, packing!, '-cf', data!, '-C', work, '.'])
    run('ar', ['rc', deb!, join(folder, 'debian-binary'), data!])
    const { code, out } = await faultline('symbols', 'build', '-o', index!, deb!)
    assert.equal(code, 0, form)
    assert.match(out, /: 2 objects, /)
    const found = await faultline('symbols', 'lookup', '--vmlinux', index!, 'walk+4', 'walk+4 [wa_lk]')
    assert.equal(found.out.match(/walk\.c:\d+/g)?.length, 2, form)
    const bytes = readFileSync(deb!)
    writeFileSync(deb!, bytes.subarray(0, bytes.length - 2000))
    const torn = await faultline('symbols', 'build', '-o', index!, deb!)
    assert.equal(torn.code, 2)
    assert.match(torn.err, new RegExp(`${form}\\.deb at 0x[0-9a-f]+: `))
  }
})

test('separate debug files: by build ID, by .gnu_debuglink beside it and in .debug/, by release', async () => {
  const expected = (await faultline('symbols', 'lookup', '--vmlinux', vmlinux, 'walk+4')).out
  const stripped = join(folder, 'stripped', 'vmlinux')
  const debug = join(folder, 'stripped', '.debug', 'vmlinux.debug')
  mkdirSync(dirname(debug), { recursive: true })
  run('objcopy', ['--only-keep-debug', vmlinux, debug])
  run('objcopy', ['--strip-debug', `--add-gnu-debuglink=${debug}`, vmlinux, stripped])
  assert.equal((await faultline('symbols', 'lookup', '--vmlinux', stripped, 'walk+4')).out, expected)
  cpSync(debug, join(folder, 'stripped', basename(debug)))
  rmSync(dirname(debug), { recursive: true })
  assert.equal((await faultline('symbols', 'lookup', '--vmlinux', stripped, 'walk+4')).out, expected)
  const tree = join(folder, 'debug')
  const byId = join(tree, '.build-id', buildId.slice(0, 2), `${buildId.slice(2)}.debug`)
  mkdirSync(dirname(byId), { recursive: true })
  cpSync(join(folder, 'stripped', basename(debug)), byId)
  rmSync(join(folder, 'stripped', basename(debug)))
  assert.equal(
    (await faultline('symbols', 'lookup', '--vmlinux', stripped, '--debug-dir', tree, 'walk+4')).out,
    expected,
  )
  const { out } = await faultline('decode', '--json', '--debug-dir', tree, log)
  assert.match(lineOf(out).file, /walk\.c$/)
  const released = join(folder, 'released')
  mkdirSync(join(released, 'boot'), { recursive: true })
  cpSync(vmlinux, join(released, 'boot', 'vmlinux-6.9-test+'))
  assert.match(lineOf((await faultline('decode', '--json', '--debug-dir', released, log)).out).file, /walk\.c$/)
})

test('a kernel of another build is refused, and the answer says so', async () => {
  const other = compile(native, join(folder, 'other'), ['-O1', '-g', '-Wl,--build-id'])
  const { out, err } = await faultline('decode', '--json', '--vmlinux', other, log)
  assert.equal(lineOf(out).unknown, 'wrong-build-id')
  assert.match(err, new RegExp(`the log is of build ${buildId}, .*other is [0-9a-f]{40}`))
})

test('lookup: addresses, symbols, same names, return addresses, exit codes', async () => {
  const address = /^([0-9a-f]+) 0x[0-9a-f]+ walk$/m.exec((await faultline('symbols', 'list', vmlinux)).out)![1]!
  const both = await faultline('symbols', 'lookup', '--vmlinux', vmlinux, `0x${address}`, 'walk')
  const [first, second] = both.out.trim().split('\n')
  assert.equal(first!.split(': ')[1], second!.split(': ')[1])
  const names = await faultline('symbols', 'lookup', '--vmlinux', vmlinux, 'show')
  assert.equal(names.out.trim().split('\n').length, 2)
  const json = await faultline('symbols', 'lookup', '--json', '--vmlinux', vmlinux, '-r', `walk+0x20/${size}`)
  assert.match(JSON.parse(json.out).candidates[0].places.at(-1).file, /walk\.c$/)
  const missing = await faultline('symbols', 'lookup', '--vmlinux', vmlinux, 'nothing+0x4', '!')
  assert.deepEqual(
    [missing.code, missing.out],
    [1, 'nothing+0x4: not found\n!: neither an address nor symbol+offset\n'],
  )
  assert.equal((await faultline('symbols', 'lookup', 'walk')).code, 2)
})

test('files that are none: a message and exit code 2', async () => {
  const text = join(folder, 'text')
  writeFileSync(text, 'no kernel')
  for (const args of [
    ['build', text],
    ['build', join(folder, 'gone')],
    ['list', text],
  ]) {
    const { code, err } = await faultline('symbols', ...args)
    assert.equal(code, 2)
    assert.match(err, /no ELF file|no such file/)
  }
  const { out, err } = await faultline('decode', '--json', '--vmlinux', text, log)
  assert.equal(lineOf(out).unknown, 'unreadable')
  assert.match(err, /text at 0x0: no ELF file/)
})

test('decode --source: the lines around the place, in every view, and nothing outside of the tree', async () => {
  const args = ['--vmlinux', vmlinux, '--modules', modules, '--source', sources]
  const { sourceLines } = JSON.parse((await faultline('decode', '--json', ...args, log)).out)
  assert.equal(sourceLines.lines.length, 11)
  const text = readFileSync(join(sources, 'walk.c'), 'utf8').split('\n')
  assert.equal(sourceLines.lines[sourceLines.line - sourceLines.first], text[sourceLines.line - 1])
  const terminal = await faultline('decode', ...args, log)
  assert.match(
    terminal.out,
    new RegExp(`Source\\n.*walk\\.c:${sourceLines.line}\\n(?:.*\\n){5} {2}▸ ${sourceLines.line} `),
  )
  assert.match((await faultline('decode', '--html', '-', ...args, log)).out, /class="instructions source"/)
  assert.match((await faultline('decode', '--markdown', ...args, log)).out, /Source/)
  const elsewhere = await faultline('decode', '--json', ...args.slice(0, -1), modules, log)
  assert.equal(JSON.parse(elsewhere.out).sourceLines, undefined)
  assert.equal((await faultline('decode', ...args.slice(0, -1), join(folder, 'gone'), log)).code, 2)
})

test('the whole function, as objdump -dS: in every view, and by itself', async () => {
  const args = ['--vmlinux', vmlinux, '--modules', modules, '--source', sources]
  const { disassembly } = JSON.parse((await faultline('decode', '--json', ...args, log)).out)
  assert.equal(disassembly.symbol, 'walk')
  assert.equal(disassembly.sizeBytes, Number(moduleSize))
  // The module's file leaves calls to the loader; objdump -r names them too.
  const texts: string[] = disassembly.rows.map((row: { text: string }) => row.text)
  assert.ok(texts.some(text => /^(?:call|jmp) <other>$/.test(text)))
  const starts = run('objdump', ['-d', '--no-show-raw-insn', module]).split(/^[0-9a-f]+ </m)
  const lines = starts.find(part => part.startsWith('walk>'))!.match(/^ +[0-9a-f]+:/gm)!
  const first = Number.parseInt(lines[0]!, 16)
  assert.deepEqual(
    disassembly.rows.map((row: { offset: number }) => row.offset),
    lines.map(line => Number.parseInt(line, 16) - first),
  )
  assert.ok(disassembly.rows.some((row: { source?: string[] }) => row.source?.some(line => line.includes('other('))))
  assert.doesNotMatch((await faultline('decode', ...args, log)).out, /Function walk/)
  assert.match((await faultline('decode', '--disassemble', ...args, log)).out, /Function walk \[wa_lk\].*\n.*walk\.c/)
  assert.match((await faultline('decode', '--html', '-', ...args, log)).out, /class="instructions function"/)
  assert.match((await faultline('decode', '--markdown', ...args, log)).out, /<summary>Function walk/)

  const alone = await faultline('disassemble', ...args, 'walk+0x4 [wa_lk]', `walk/${size}`)
  assert.equal(alone.code, 0)
  assert.match(alone.out, /^walk \[wa_lk\], \d+ bytes of .*wa-lk\.ko\n(?:.*\n)+? {2}▸ /)
  assert.match(alone.out, /^walk, \d+ bytes of .*vmlinux-6\.9-test\+$/m)
  const none = await faultline('disassemble', '--vmlinux', vmlinux, 'nowhere')
  assert.equal(none.code, 1)
  assert.match(none.err, /nowhere: .* has no code of it/)
})

test('decode --source: whom MAINTAINERS names for the file of the function that failed', async () => {
  const tree = join(folder, 'tree')
  cpSync(sources, tree, { recursive: true })
  writeFileSync(
    join(tree, 'MAINTAINERS'),
    'WALKING\nM:\tA Walker <old@walk.example>\nL:\twalk@vger.example\nS:\tSupported\nF:\twalk.*\n',
  )
  writeFileSync(join(tree, '.mailmap'), '<walker@walk.example> <old@walk.example>\n')
  const args = ['--vmlinux', vmlinux, '--modules', modules, '--source', tree]
  const { maintainers } = JSON.parse((await faultline('decode', '--json', ...args, log)).out)
  assert.deepEqual(maintainers, {
    file: 'walk.c',
    sections: [
      {
        title: 'WALKING',
        status: 'Supported',
        maintainers: ['A Walker <walker@walk.example>'],
        lists: ['walk@vger.example'],
      },
    ],
  })
  assert.match(
    (await faultline('decode', ...args, log)).out,
    /Whom to tell of walk\.c\n +A Walker <walker@walk\.example>, maintainer of WALKING \(Supported\)\n +walk@vger\.example, list of/,
  )
  assert.match((await faultline('decode', '--html', '-', ...args, log)).out, /A Walker &lt;walker@walk\.example&gt;/)
  assert.match((await faultline('decode', '--markdown', ...args, log)).out, /maintainer of WALKING/)
})

test('bare addresses in a module: by /proc/modules, the sections of /sys/module and its file', async () => {
  const machine = join(folder, 'machine')
  const sections = join(machine, 'module', 'wa_lk', 'sections')
  mkdirSync(sections, { recursive: true })
  const list = join(machine, 'modules')
  writeFileSync(list, 'wa_lk 16384 0 - Live 0xffffffffc0a00000 (OE)\nother 4096 1 wa_lk, Live 0xffffffffc0b00000\n')
  writeFileSync(join(sections, '.text'), '0xffffffffc0a00100\n')
  const at = Number.parseInt(/^([0-9a-f]+) .* walk$/m.exec(run('nm', [module]))![1]!, 16)
  const bare = join(folder, 'bare.log')
  const address = (0xffffffffc0a00100n + BigInt(at + 0x20)).toString(16)
  writeFileSync(
    bare,
    `[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000050
[    1.000000] CPU: 0 PID: 135 Comm: sh Not tainted 6.9-test+ #1
[    1.000000] RIP: 0010:0x${address}
[    1.000000] Call Trace:
[    1.000000]  [<${address}>]
[    1.000000]  [<ffffffffc0b00010>]
[    1.000000] ---[ end trace 0000000000000000 ]---
`,
  )
  const args = ['--proc-modules', list, '--module-sections', join(machine, 'module'), '--modules', modules]
  const { pc, traces } = JSON.parse((await faultline('decode', '--json', ...args, bare)).out)
  assert.deepEqual([pc.module, pc.symbol, pc.offset, pc.place.file], ['wa_lk', 'walk', 0x20, 'walk.c'])
  assert.deepEqual(
    traces[0].frames.map((frame: { module: string; symbol?: string }) => [frame.module, frame.symbol]),
    [
      ['wa_lk', 'walk'],
      ['other', undefined],
    ],
  )
  writeFileSync(list, 'wa_lk 16384 0 - Live 0x0000000000000000 (OE)\n')
  const hidden = await faultline('decode', ...args, bare)
  assert.equal(hidden.code, 2)
  assert.match(hidden.err, /kptr_restrict/)
  const nowhere = await faultline('decode', '--system-map', 'auto', bare)
  assert.match(nowhere.err, /no System\.map-6\.9-test\+ in \/boot/)
})

test('stacktrace: arguments of decode_stacktrace.sh, standard input to standard output', async () => {
  const text = readFileSync(log, 'utf8')
  const { code, out } = await runCommand(['stacktrace', vmlinux, 'auto', modules], text, { env })
  assert.equal(code, 0)
  const lines = out.split('\n')
  assert.equal(lines.length, text.split('\n').length)
  assert.match(lines[3]!, /^\[ {4}1\.000000\] RIP: 0010:walk \((?:\S+:\d+ )*\S*walk\.c:\d+\) wa_lk$/)
  assert.match(lines[7]!, /^\[ {4}1\.000000\] {2}walk \((?:\S+:\d+ )*\S*walk\.c:\d+\)$/)
  assert.equal(lines[6], text.split('\n')[6])
  assert.equal((await runCommand(['stacktrace'], text, { env })).code, 2)
  assert.equal((await runCommand(['stacktrace', vmlinux], 'no frames\n', { env })).code, 1)
})
