// The life of an agent as the spool sees it, and what must hold after it, however it ended.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import type { Draft } from '../../src/agent/bundles/bundle.ts'
import { Spool } from '../../src/agent/bundles/spool.ts'
import type { Host } from '../../src/agent/host.ts'

const limits = { maxSize: 2 ** 30, maxCount: 3, maxAge: 0, keepFree: 0 }
const evidence = { label: 'pstore', files: [{ name: 'dmesg', bytes: Buffer.from('Panic#1 Part1\n') }] }

/** The first records of the exceptions that it captures. */
export const firsts = [100, 200, 300, 400, 500]

/**
 * Writes, adds evidence, removes what is over the limits; `kept` is told of each bundle that was acknowledged. What an
 * earlier life was told of (`acknowledged`) its source does not bring again.
 */
export async function live(
  path: string,
  host: Host,
  sample: Draft,
  kept: (first: number, name: string) => void,
  acknowledged: ReadonlyMap<number, string> = new Map(),
): Promise<void> {
  const spool = await Spool.open(path, { host, limits })
  try {
    for (const first of firsts) {
      if (acknowledged.has(first)) continue
      const { name } = await spool.write({
        ...sample,
        origin: { ...sample.origin, sequence: { first, last: first + 10 } },
      })
      kept(first, name)
      if (first === 200) await spool.attach(name, evidence)
    }
  } finally {
    await spool.close()
  }
}

/**
 * Opens the spool as the next agent does, and looks: all that was acknowledged is there or was removed by the limits, all that
 * is there is whole and there once, and nothing is left over. Gives the first records of what is there.
 */
export async function audit(path: string, kept: ReadonlyMap<number, string>): Promise<number[]> {
  const spool = await Spool.open(path)
  try {
    const there = await spool.list()
    const removed = new Set((await spool.removals()).list.map(({ name }) => name))
    for (const name of kept.values()) {
      assert.ok(there.some(each => each.name === name) || removed.has(name), `${name} was acknowledged and is lost`)
    }
    const hidden = readdirSync(path).filter(name => name.startsWith('.new-') || name.startsWith('.gone-'))
    assert.deepEqual(hidden, [])
    const found: number[] = []
    for (const { name } of there) {
      assert.deepEqual(await spool.verify(name), [], name)
      found.push((await spool.read(name)).origin!.sequence!.first)
    }
    assert.deepEqual(found.toSorted(), [...new Set(found)].toSorted(), 'a bundle twice')
    return found
  } finally {
    await spool.close()
  }
}
