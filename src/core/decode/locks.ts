// What lockdep tells of locks: who holds which, and the chain of dependencies. kernel/locking/lockdep.c print_lock(),
// print_circular_bug_entry(), lockdep_print_held_locks().

import type { EventLine } from '../detect/event.ts'
import { embeddedFrame } from '../detect/items/frame.ts'
import type { Lock, Report } from '../model.ts'

const MAX_LOCKS = 512

const held =
  /^\s*#\d+: (?:(?<address>[0-9a-f]{8,16}) )?\((?<name>.{1,200}?)\)\{(?<state>[^}]*)\}(?:-\{(?<class>[^}]*)\})?(?:, )?/
const chained = /^\s*-> #(?<rank>\d+) \((?<name>.{1,200}?)\)\{(?<state>[^}]*)\}/
const holder = /^\s*(?:\d+ locks?|no locks) held by (?<who>\S.{0,80}?)(?:\/(?<pid>\d+))?:?\.?$/
// "syz/123 is trying to acquire lock:", then "ffff… (&x->lock){+.+.}-{3:3}, at: fn+0x12/0x34"
const plain = /^\s*(?:[0-9a-f]{8,16} )?\((?<name>.{1,200}?)\)\{(?<state>[^}]*)\}(?:-\{[^}]*\})?, at: /

export function readLocks(lines: readonly EventLine[]): Report['locks'] | undefined {
  const heldLocks: Lock[] = []
  const chain: Lock[] = []
  let heldBy: string | undefined
  for (const line of lines) {
    const { text } = line.record
    if (!text.includes('{') && !text.includes('held by')) continue
    const owner = holder.exec(text)
    if (owner) {
      heldBy =
        owner.groups!['pid'] === undefined ? owner.groups!['who']! : `${owner.groups!['who']}/${owner.groups!['pid']}`
      continue
    }
    if (heldLocks.length + chain.length >= MAX_LOCKS) break
    const holding = held.exec(text)
    if (holding) {
      heldLocks.push(toLock(holding.groups!, text, heldBy))
      continue
    }
    const link = chained.exec(text) ?? plain.exec(text)
    if (link) chain.push(toLock(link.groups!, text, undefined))
  }
  if (heldLocks.length === 0 && chain.length === 0) return undefined
  const locks: NonNullable<Report['locks']> = {}
  if (heldLocks.length > 0) locks.held = heldLocks
  if (chain.length > 0) locks.chain = chain
  return locks
}

function toLock(groups: Record<string, string | undefined>, text: string, heldBy: string | undefined): Lock {
  const lock: Lock = { name: groups['name']! }
  if (groups['address'] !== undefined) lock.address = `0x${groups['address']}`
  if (groups['state'] !== undefined)
    lock.state = groups['class'] === undefined ? groups['state'] : `${groups['state']} ${groups['class']}`
  if (heldBy !== undefined) lock.heldBy = heldBy
  const at = text.indexOf('at: ')
  const frame = at < 0 ? undefined : embeddedFrame(text.slice(at))
  if (frame) lock.at = frame
  return lock
}
