// `npm test` and `npm run test:fast`: lint, types, then every node:test suite, a line each, and one last line with the
// sum. Lint and types count as one test each.

import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePrograms, root, slowPrograms, testPrograms } from './install.mjs'
import { isBuilt } from './stale.mjs'

const [scope = 'all', ...filters] = process.argv.slice(2)
/** Files of a suite at once. Node leaves one processor out, and of two that is half. */
const filesAtOnce = Math.max(2, availableParallelism() - 1)
/** What V8 and the stripping of types made of each file, for every process of the tests: a third of their time. */
const compileCache = join(root, '.cache', 'compiled')
const bin = name => join(root, 'node_modules', '.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'))

/** Runs Node with these arguments; output comes back whole so that suites do not mix. */
function node(args, { env = {}, idle = false } = {}) {
  return new Promise(resolve => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { NODE_COMPILE_CACHE: compileCache, ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (idle) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    const output = []
    child.stdout.on('data', chunk => output.push(chunk))
    child.stderr.on('data', chunk => output.push(chunk))
    child.on('close', code => resolve({ code: code ?? 1, output: Buffer.concat(output).toString() }))
  })
}

/** One command that either passes or fails. */
const check =
  (...args) =>
  async () => {
    const { code, output } = await node(args)
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, output: code === 0 ? '' : output }
  }

let suites = 0
const suite =
  (...patterns) =>
  async idle => {
    const files = patterns.flatMap(pattern => globSync(pattern, { cwd: root })).sort()
    if (files.length === 0) return { passed: 0, failed: 0, skipped: 0, output: '' }
    const counts = join(folder, `counts-${++suites}.json`)
    const reporter = [
      '--test-reporter',
      join(root, 'tools', 'test-reporter.mjs'),
      '--test-reporter-destination',
      'stdout',
    ]
    const options = [
      '--test',
      '--disable-warning=ExperimentalWarning',
      `--test-concurrency=${filesAtOnce}`,
      ...reporter,
    ]
    const { code, output } = await node([...options, ...files], { env: { FAULTLINE_TEST_COUNTS: counts }, idle })
    const result = existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : { passed: 0, failed: 0, skipped: 0 }
    // A run that ends badly without a failed test (it crashed, or a file threw late) must not look well.
    if (code !== 0 && result.failed === 0) result.failed = 1
    return { ...result, output: code === 0 ? skipsOf(output) : output }
  }

const skipsOf = output =>
  output
    .split('\n')
    .filter(line => line.startsWith('  skipped: '))
    .map(line => `${line}\n`)
    .join('')

/** Names of the folders in a folder: a new room or stage is a suite by being there. */
const foldersIn = path =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort()
const rooms = foldersIn('src').filter(room => room !== 'core')
const fast = [
  ['lint', check(bin('biome'), 'check', '--diagnostic-level=error')],
  ['types', check(bin('tsc'), '-b')],
  ...foldersIn('src/core').map(stage => [`core/${stage}`, suite(`src/core/${stage}/**/*.test.ts`)]),
  ['core', suite('src/core/*.test.ts')],
  ...rooms.map(room => [room, suite(`src/${room}/**/*.test.ts`)]),
  ['tests', suite('tests/*.test.ts')],
  ['lab', suite('lab/**/*.test.ts')],
]
const slow = globSync('tests/slow/*.test.ts', { cwd: root })
  .sort()
  .map(file => [file.replace(/\.test\.ts$/, ''), suite(file)])

/** Suites that are begun while one runs. */
const AHEAD = 2
const slowNames = new Set(slow.map(([name]) => name))
/** Suites that run beside the slow ones, with what those leave. */
const beside = new Set(['tests/slow/fuzz', 'tests/slow/symbols-fuzz'])

async function main() {
  ensurePrograms(scope === 'fast' ? testPrograms : { ...testPrograms, ...slowPrograms })
  const needed = ['cli', ...(scope === 'fast' ? [] : ['web'])].filter(part => !isBuilt(part))
  const steps = scope === 'fast' ? fast : [...fast, ...slow]
  if (needed.length > 0) {
    steps.splice(2, 0, ['build', check(join(root, 'tools', 'build.mjs'), ...needed)])
  }
  const wanted = steps.filter(([name]) => filters.length === 0 || filters.some(filter => name.includes(filter)))
  if (wanted.length === 0) {
    const names = steps.map(([name]) => name).join(', ')
    process.stderr.write(`faultline: no suite is called ${filters.join(' or ')}; there are ${names}\n`)
    return 2
  }
  const total = { passed: 0, failed: 0, skipped: 0 }
  const begun = new Map()
  const begin = ([name, run], idle) => {
    const began = performance.now()
    begun.set(
      name,
      run(idle).then(result => ({ ...result, seconds: (performance.now() - began) / 1000 })),
    )
  }
  const last = wanted.filter(([name]) => beside.has(name))
  const ordered = [...wanted.filter(([name]) => !beside.has(name)), ...last]
  const building = ordered.findIndex(([name]) => name === 'build')
  for (const [index, [name]] of ordered.entries()) {
    // A guest keeps one processor busy: what takes many minutes of them and has no clock has the other, and comes last.
    if (slowNames.has(name)) for (const each of last) if (!begun.has(each[0])) begin(each, true)
    // Tests wait often. Where a person waits for them, the next suites use that; what is built is built first.
    const ahead = scope === 'fast' && index > building ? AHEAD : 0
    for (const each of ordered.slice(index, index + 1 + ahead)) if (!begun.has(each[0])) begin(each, false)
    const { passed, failed, skipped, output, seconds } = await begun.get(name)
    if (passed + failed + skipped === 0) continue
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
    const parts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ]
    process.stdout.write(
      `${failed > 0 ? '✖' : '✔'} ${name.padEnd(24)} ${parts.join(', ')}  (${seconds.toFixed(1)} s)\n${output}`,
    )
  }
  const skips = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skips}\n`)
  return total.failed > 0 ? 1 : 0
}

try {
  process.exitCode = await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
