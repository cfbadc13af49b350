import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeBtf } from '../../../../tests/btf-writer.ts'
import { runCommand } from '../../../../tests/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-member-'))
after(() => rmSync(folder, { recursive: true }))
const kernel = join(folder, 'vmlinux.btf')
writeFileSync(
  kernel,
  writeBtf([
    { kind: 'int', name: 'int', word: 4, tail: [0x01000020] },
    { kind: 'struct', name: 'node', word: 12, entries: 2, tail: ['count', 1, 0, 'level', 1, 64] },
    { kind: 'pointer', word: 2 },
    { kind: 'prototype', word: 1, entries: 1, tail: ['node', 3] },
    { kind: 'function', name: 'node_walk', word: 4 },
  ]),
)
const ask = (...args: string[]) => runCommand(['symbols', ...args, '--kernel-image', kernel])

test('member: what is at the offset, in padding, behind the end', async () => {
  assert.deepEqual(await ask('member', 'node+0xa'), {
    code: 0,
    out: 'struct node (12 bytes) + 0xa:\n  level  int  at 0x8, 4 bytes, 2 into it\n',
    err: '',
  })
  assert.match((await ask('member', 'struct node+4')).out, /padding/)
  const beyond = await ask('member', 'node+0x20')
  assert.equal(beyond.code, 1)
  assert.match(beyond.out, /0x14 bytes behind its end/)
  assert.deepEqual(JSON.parse((await ask('member', '--json', 'node+8')).out)[0].members, [
    { path: 'level', type: 'int', offset: 8, sizeBytes: 4 },
  ])
})

test('prototype', async () => {
  assert.equal((await ask('prototype', 'node_walk')).out, 'int node_walk(struct node *node);\n')
  assert.deepEqual(await ask('prototype', 'none'), {
    code: 1,
    out: '',
    err: "faultline: no function none in this kernel's types\n",
  })
})

test('what cannot be answered is said', async () => {
  assert.match((await ask('member', 'none+1')).err, /no struct or union none/)
  assert.match((await ask('member', 'node-1')).err, /expected STRUCT\+OFFSET/)
  const plain = join(folder, 'plain')
  writeFileSync(plain, 'text')
  const { code, err } = await runCommand(['symbols', 'member', 'node', '--kernel-image', plain])
  assert.equal(code, 2)
  assert.match(err, /has no BTF/)
})
