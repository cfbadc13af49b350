import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand } from '../../tests/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-names-'))
after(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const log = file(
  'oops.log',
  `[    1.000000] Linux version 4.9.0 (x@y) #1 SMP
[    9.231431] Unable to handle kernel NULL pointer dereference at virtual address 00000050
[    9.231432] Internal error: Oops: 17 [#1] ARM
[    9.231435] CPU: 0 PID: 135 Comm: sh Not tainted 4.9.0 #1
[    9.231436] PC is at 0xc0108010
[    9.231437] LR is at 0xc0108104
[    9.231438] pc : [<c0108010>]    lr : [<c0108104>]    psr: 60000013
[    9.231439] sp : c7829f80  ip : 00000000  fp : c7829f9c
`,
)
const map = 'c0100000 T _stext\nc0108000 t broken\nc0108100 T caller\nc0109000 T _etext\nc010a000 D data\n'

test('decode --system-map names what the log has no names for', async () => {
  const { code, out, err } = await runCommand(['decode', '--json', '--system-map', file('System.map-4.9.0', map), log])
  assert.equal(err, '')
  assert.equal(code, 0)
  const { pc, registerSets } = JSON.parse(out)
  assert.equal(pc.symbol, 'broken')
  assert.equal(pc.offset, 0x10)
  assert.deepEqual(registerSets[0].decoded.lr, ['caller+0x4/0xf00'])
})

test('symbols of another kernel are not used, and that is said once', async () => {
  const { code, out, err } = await runCommand([
    'decode',
    '--json',
    '--system-map',
    file('System.map-5.0', map),
    log,
    log,
  ])
  assert.equal(code, 0)
  assert.equal(JSON.parse(out.split('\n')[0]!).pc.symbol, undefined)
  assert.equal(err.match(/release is 5\.0, that of the log 4\.9\.0; its symbols are not used/g)?.length, 1)
})

test('hidden addresses, Debian’s stub, a file that is none: said with what to do', async () => {
  const problem = async (option: string, text: string): Promise<string> => {
    const { code, err } = await runCommand(['decode', option, file('list', text), log])
    assert.equal(code, 2)
    return err
  }
  assert.match(await problem('--kallsyms', '0000000000000000 T _text\n'), /kptr_restrict/)
  const stub = 'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n'
  assert.match(await problem('--system-map', stub), /the real System\.map is in the linux-image-<version>-dbg package/)
  assert.match(await problem('--kernel-image', 'text'), /no symbols/)
})
