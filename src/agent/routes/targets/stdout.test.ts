import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'faultline-stdout-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Routes many records to standard output and says on standard error what became of them within a second. */
const program = join(folder, 'main.mjs')
writeFileSync(
  program,
  `
import { createRouter, parseRoute, routeHost } from '${join(import.meta.dirname, '../index.ts')}'
const router = createRouter([parseRoute('*.* stdout format=text queue=100')], routeHost(() => {}))
const record = text => ({ text, line: 1, span: { start: 0, end: 0 }, transport: 'kmsg', facility: 0, level: 6 })
for (let i = 0; i < 1000; i++) {
  router.deliver(record(\`\${i} \${'x'.repeat(1000)}\`))
  if (i % 20 === 0) await new Promise(resolve => setTimeout(resolve, 1))
}
await router.close(500)
console.error(JSON.stringify(router.stats()))
`,
)
const args = ['--disable-warning=ExperimentalWarning', program]

test('a reader that does not read holds nothing up: a socket, as a service manager gives it', async () => {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', chunk => {
    said += chunk
  })
  await new Promise(resolve => child.once('exit', resolve))
  const { delivered, lost, queued } = JSON.parse(said)
  assert.equal(queued, 0)
  assert.equal(delivered + lost, 1000)
  assert.ok(lost > 300, said)
  child.stdout.destroy()
})

test('… or a pipe', () => {
  const script = `"$@" 2>${folder}/said | sleep 1.5`
  spawnSync('sh', ['-c', script, 'sh', process.execPath, ...args])
  const { delivered, lost } = JSON.parse(readFileSync(join(folder, 'said'), 'utf8'))
  assert.equal(delivered + lost, 1000)
  assert.ok(lost > 300)
})

test('a file gets all of it', () => {
  const run = spawnSync(process.execPath, args, { stdio: ['ignore', openSync(join(folder, 'out'), 'a'), 'pipe'] })
  const { lost } = JSON.parse(String(run.stderr))
  const lines = readFileSync(join(folder, 'out'), 'utf8').split('\n').slice(0, -1)
  assert.equal(lines.filter(line => /^\d+ x{1000}$/.test(line)).length, 1000 - lost)
})
