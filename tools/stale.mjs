// Whether a built part is as new as its sources. The stamp of a part holds the time at which its build began, so a
// file saved during the build makes it stale again.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './install.mjs'

const sources = {
  cli: [
    ...['src/core', 'src/node', 'src/agent', 'src/server', 'src/cli', 'fixtures/sample'],
    ...['tools/build.mjs', 'package.json', 'package-lock.json'],
  ],
  web: ['src/core', 'src/web', 'fixtures/sample', 'tools/build.mjs', 'package-lock.json'],
}

const stampOf = part => join(root, 'dist', `.${part}.stamp`)

/** Newest change below a path, ms; folders count, so that a removed file is seen too. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  let latest = stat.mtimeMs
  for (const name of readdirSync(path)) {
    if (!name.endsWith('.test.ts')) latest = Math.max(latest, newest(join(path, name)))
  }
  return latest
}

export function isBuilt(part) {
  try {
    const began = Number(readFileSync(stampOf(part), 'utf8'))
    return sources[part].every(path => newest(join(root, path)) <= began)
  } catch {
    return false // never built
  }
}

export function markBuilt(part, began) {
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(stampOf(part), String(began))
}
