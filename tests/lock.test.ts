import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const root = dirname(import.meta.dirname)

interface LockedPackage {
  version?: string
  optionalDependencies?: Record<string, string>
}

test('package-lock.json names every optional package, those of other platforms too', () => {
  // `npm ci` refuses a lock without them, and `npm install` leaves out what its registry happens not to have.
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>
  }
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        name => ![`${path}/node_modules/${name}`, `node_modules/${name}`].some(key => lock.packages[key]?.version),
      )
      .map(name => `${path} → ${name}`),
  )
  assert.deepEqual(missing, [])
})
