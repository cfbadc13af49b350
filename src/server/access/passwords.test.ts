import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../intake/refusal.ts'
import { assertGood, Passwords } from './passwords.ts'

const cheap = new Passwords({ memoryKiB: 64, passes: 1, lanes: 1 })
const dear = new Passwords()

test('a password is kept as a PHC string of Argon2id with a salt of its own, and checked from it', async () => {
  const [one, two] = [await cheap.hash('correct horse'), await cheap.hash('correct horse')]
  assert.match(one, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.notEqual(one, two)
  assert.equal(await cheap.check(one, 'correct horse'), 'right')
  assert.equal(await dear.check(one, 'correct horse'), 'outdated')
  assert.equal(await cheap.check(one, 'correct horsf'), 'wrong')
  assert.equal(await cheap.check(undefined, 'correct horse'), 'wrong')
  const today = await dear.hash('ﬁne ünder NFKC')
  assert.match(today, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  assert.equal(await dear.check(today, 'fine u\u0308nder NFKC'), 'right')
  for (const torn of ['', 'x', one.slice(0, 40), one.replace('argon2id', 'argon2i'), `${one}\n`]) {
    assert.equal(await cheap.check(torn, 'correct horse'), 'wrong', torn)
  }
})

test('RFC 9106, by a string that libargon2 made', async () => {
  // printf password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
  const kept = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await dear.check(kept, 'password'), 'outdated')
  assert.equal(await dear.check(kept, 'passwore'), 'wrong')
})

test('so many at once, then one is told to come back', async () => {
  const all = await Promise.allSettled(Array.from({ length: 60 }, () => cheap.hash('correct horse')))
  const refused = all.filter(each => each.status === 'rejected')
  assert.equal(refused.length, 60 - 34)
  assert.ok(refused.every(each => each.reason instanceof Refusal && each.reason.status === 503))
})

test('short, endless, and little more than the name are refused', () => {
  for (const [password, name] of [
    ['short', 'alice'],
    ['x'.repeat(300), 'alice'],
    ['Alice12345', 'alice'],
    ['😀'.repeat(9), 'alice'],
  ] as const) {
    assert.throws(() => assertGood(password, name), Refusal, password)
  }
  assertGood('correct horse', 'alice')
  assertGood('😀'.repeat(10), 'alice')
})
