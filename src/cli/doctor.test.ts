import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand as run } from '../../tests/run-command.ts'

const root = mkdtempSync(join(tmpdir(), 'faultline-doctor-'))
after(() => rmSync(root, { recursive: true, force: true }))
mkdirSync(join(root, 'proc/sys/kernel'), { recursive: true })
const warnings = join(root, 'proc/sys/kernel/hung_task_warnings')
const written = join(root, 'etc/sysctl.d/60-faultline.conf')
writeFileSync(warnings, '0\n')
writeFileSync(join(root, 'proc/consoles'), 'ttyS0                -W- (EC p a)    4:64\n')

test('doctor: what would be lost, exit code 1; as JSON', async () => {
  const { code, out } = await run(['doctor', '--root', root])
  assert.equal(code, 1)
  assert.match(
    out,
    /^✖ kernel\.hung_task_warnings = 0\n {4}the kernel has said all.*\n {4}sysctl kernel\.hung_task_warnings="-1"\n/m,
  )
  const rows = (await run(['doctor', '--root', root, '--json'])).out.trimEnd().split('\n')
  assert.ok(
    rows.map(line => JSON.parse(line)).some(({ check, level }) => check === 'serial console' && level === 'good'),
  )
})

test('doctor --fix: nothing without a yes; then the file, and all is well', async () => {
  const refused = await run(['doctor', '--fix', '--root', root])
  assert.equal(refused.code, 2)
  assert.match(refused.out, /60-faultline\.conf:\n {2}# Written by/)
  assert.match(refused.err, /nothing was written/)
  assert.ok(!existsSync(written))
  const done = await run(['doctor', '--fix', '--yes', '--root', root])
  assert.equal(done.code, 0, done.err)
  assert.match(readFileSync(written, 'utf8'), /^kernel\.hung_task_warnings = -1$/m)
  writeFileSync(warnings, '-1\n')
  assert.equal((await run(['doctor', '--root', root])).code, 0)
})

test('doctor --fix: a file of someone else is left alone', async () => {
  writeFileSync(warnings, '0\n')
  writeFileSync(written, 'kernel.panic = 1\n')
  const { code, err } = await run(['doctor', '--fix', '--yes', '--root', root])
  assert.equal(code, 2)
  assert.match(err, /is there and not of faultline; move it away/)
  assert.equal(readFileSync(written, 'utf8'), 'kernel.panic = 1\n')
})

/** `faultline doctor --fix` on a terminal of its own, by script(1); what it said, and its exit code. */
async function answered(answer: string): Promise<{ code: number | null; out: string }> {
  const command = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '-e',
    mainOf(['doctor', '--fix', '--root', root]),
  ]
  const line = command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], { env: { ...process.env, NO_COLOR: '1' } })
  let out = ''
  child.stdout.on('data', (piece: Buffer) => {
    const asked = out.includes('[y/N]')
    out += piece.toString()
    if (!asked && out.includes('[y/N]')) child.stdin.write(answer)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out }
}

const mainOf = (args: string[]): string =>
  `process.argv.splice(1, 0, 'faultline'); process.argv.push(...${JSON.stringify(args)}); import('./src/cli/faultline.ts').then(({ main }) => main())`

const noScript =
  spawnSync('script', ['--version']).error === undefined ? false : 'script(1) is not there: util-linux has it'

test('doctor --fix asks on a terminal: anything but yes writes nothing', { skip: noScript }, async () => {
  rmSync(written, { force: true })
  writeFileSync(warnings, '0\n')
  for (const answer of ['yess\r', '\x04']) {
    const { code, out } = await answered(answer)
    assert.match(out, /Write these files\? \[y\/N\]/)
    assert.equal(code, 2, `${JSON.stringify(answer)}: ${out}`)
    assert.match(out, /nothing was written/)
    assert.ok(!existsSync(written))
  }
  const { code, out } = await answered('y\r')
  assert.equal(code, 0, out)
  assert.match(readFileSync(written, 'utf8'), /^kernel\.hung_task_warnings = -1$/m)
})
