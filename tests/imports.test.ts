// Who may import whom (DESIGN.md §2, STYLE.md "Shape"). The compiler's project references hold the rooms apart; this
// also holds the order of the stages inside core, and which packages may run where.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'

const root = dirname(import.meta.dirname)

/** Rooms that a room may import beside itself. */
const rooms: Record<string, readonly string[]> = {
  core: [],
  node: ['core'],
  agent: ['core', 'node'],
  server: ['core', 'node'],
  cli: ['core', 'node', 'server', 'agent'],
  web: ['core'],
}

/** The stages of core in the order data moves: none imports a later one. */
const stages = ['bytes', 'formats', 'arch', 'log', 'detect', 'decode', 'localise', 'explain', 'group', 'render']

/** Words and shapes that every stage speaks; they import no stage. */
const shared = ['model.ts', 'schema.ts', 'vocabulary.ts', 'say.ts', 'globals.d.ts']

interface Import {
  from: string
  to: string
  /** erased by the compiler */
  typeOnly: boolean
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`; comments and strings aside well enough. */
const statement =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

const files = globSync('src/**/*.{ts,tsx}', { cwd: root })
  .map(file => file.split('\\').join('/'))
  .filter(file => !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
  .sort()

const imports: Import[] = files.flatMap(from =>
  [...readFileSync(join(root, from), 'utf8').matchAll(statement)].map(([, type, fixed, late]) => ({
    from,
    to: fixed ?? late ?? '',
    typeOnly: type !== undefined,
  })),
)

const roomOf = (file: string): string => file.split('/')[1] ?? ''
const relative = imports.filter(({ to }) => to.startsWith('.'))
const targetOf = ({ from, to }: Import): string =>
  posix.normalize(posix.join(posix.dirname(from), to.replace(/\?.*$/, '')))
const told = ({ from, to }: Import): string => `${from} imports ${to}`

test('there is something to look at', () => {
  assert.ok(files.length > 20)
  assert.ok(relative.length > files.length / 2)
})

test('every room imports only the rooms below it', () => {
  const wrong = relative.filter(each => {
    const target = targetOf(each)
    const [from, to] = [roomOf(each.from), roomOf(target)]
    // The page's sample crash is a fixture, taken in as text.
    if (from === 'web' && target.startsWith('fixtures/')) return false
    return !target.startsWith('src/') || (from !== to && !rooms[from]?.includes(to))
  })
  assert.deepEqual(wrong.map(told), [])
})

test('no stage of core imports a later one', () => {
  const stageOf = (file: string): string | undefined => {
    const [, room, stage, ...rest] = file.split('/')
    return room === 'core' && rest.length > 0 ? stage : undefined
  }
  const unknown = files.map(stageOf).filter(stage => stage !== undefined && !stages.includes(stage))
  assert.deepEqual([...new Set(unknown)], [], 'a folder that is no stage')
  const wrong = relative.filter(each => {
    const from = stageOf(each.from)
    const target = targetOf(each)
    if (from === undefined || roomOf(target) !== 'core') return false
    const to = stageOf(target)
    if (to === undefined) return !shared.includes(posix.basename(target))
    return stages.indexOf(to) > stages.indexOf(from)
  })
  assert.deepEqual(wrong.map(told), [])
})

test('the shared words import no stage', () => {
  const wrong = relative.filter(each => {
    return (
      posix.dirname(each.from) === 'src/core' &&
      shared.includes(posix.basename(each.from)) &&
      !shared.includes(posix.basename(targetOf(each)))
    )
  })
  assert.deepEqual(wrong.map(told), [])
})

test('core runs on nothing but itself; only the schema takes zod', () => {
  const wrong = imports.filter(each => {
    return (
      roomOf(each.from) === 'core' &&
      !each.to.startsWith('.') &&
      !each.typeOnly &&
      !(each.from === 'src/core/schema.ts' && each.to === 'zod')
    )
  })
  assert.deepEqual(wrong.map(told), [])
})

test('web takes nothing of Node', () => {
  const wrong = imports.filter(({ from, to }) => {
    // The build's own configuration runs in Node.
    return (
      roomOf(from) === 'web' &&
      !from.endsWith('vite.config.ts') &&
      (to.startsWith('node:') || builtinModules.includes(to))
    )
  })
  assert.deepEqual(wrong.map(told), [])
})

test('relative imports name the file as it is', () => {
  const wrong = relative.filter(({ to }) => !/\.(?:ts|tsx|css|json|svg|log)(?:\?\w+)?$/.test(to))
  assert.deepEqual(wrong.map(told), [])
})
