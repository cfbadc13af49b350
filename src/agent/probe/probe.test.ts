import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { openBtf } from '../../node/btf-file.ts'
import { Histogram, Tally } from './aggregate.ts'
import { Calls } from './calls.ts'
import { planProbe } from './plan.ts'
import { presetWords, wordsOf } from './presets/file.ts'
import { presets } from './presets/index.ts'
import type { ProbedCall } from './probe-watch.ts'
import { errorOf, plainValue } from './show.ts'
import { parseSpec, SpecError } from './spec.ts'

test('a probe says its function, module, ways to values, and the kernel’s own fetch language', () => {
  assert.deepEqual(parseSpec('vfs_read'), { function: 'vfs_read' })
  assert.deepEqual(parseSpec(' nvme:nvme_queue_rq( bd->rq , n=+0(+16($arg1)):u32 ) '), {
    function: 'nvme_queue_rq',
    module: 'nvme',
    arguments: ['bd->rq', { name: 'n', fetch: '+0(+16($arg1)):u32' }],
  })
  assert.deepEqual(parseSpec('do_exit()'), { function: 'do_exit', arguments: [] })
  for (const wrong of ['', '1x', 'a b', 'f(x=rm -rf)', 'f(x=$arg1;p:evil do_exit)', 'f(x=$arg1\np:evil do_exit)'])
    assert.throws(() => parseSpec(wrong), SpecError, wrong)
})

test('no words make more of a probe than one line of the kernel’s', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), text => {
      try {
        const plan = planProbe(parseSpec(`f(${text})`), undefined)
        for (const { field, fetch } of plan.values) assert.match(`${field}=${fetch}`, /^\w+=[^\s;]+$/)
      } catch (error) {
        assert.ok(error instanceof SpecError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('returns are given to their entries, the last first, through missed ones on either side', () => {
  const calls = new Calls<string>()
  calls.entry(7, 0, 100, 'outer')
  calls.entry(7, 1, 110, 'inner')
  calls.entry(8, 1, 115, 'other task')
  assert.deepEqual(calls.exit(7, 1, 130), {
    function: 1,
    entry: 'inner',
    depth: 1,
    returned: { ns: 130, durationNs: 20 },
  })
  calls.entry(7, 1, 140, 'its return is missed')
  assert.deepEqual(calls.exit(7, 0, 150)?.entry, 'outer')
  assert.equal(calls.exit(7, 0, 160), undefined)
  assert.deepEqual(
    calls.open().map(({ entry }) => entry),
    ['other task'],
  )
  assert.deepEqual(calls.counts, { entries: 4, returns: 3, withoutReturn: 1, withoutEntry: 1 })
})

test('inside a function: its calls at any depth, of the same task, and only while it runs', () => {
  const calls = new Calls<string>(9)
  const run = (task: number): (string | undefined)[] => {
    calls.entry(task, 0, 1, 'before')
    const before = calls.exit(task, 0, 2)?.entry
    calls.entry(task, 9, 3, 'the enclosing one')
    calls.entry(task, 0, 4, 'direct')
    calls.entry(task, 1, 5, 'deeper')
    calls.entry(task + 100, 0, 5, 'another task')
    const another = calls.exit(task + 100, 0, 6)?.entry
    const deeper = calls.exit(task, 1, 6)
    const direct = calls.exit(task, 0, 7)
    const enclosing = calls.exit(task, 9, 8)?.entry
    assert.deepEqual([direct?.depth, deeper?.depth], [0, 1])
    return [before, another, direct?.entry, deeper?.entry, enclosing]
  }
  assert.deepEqual(run(7), [undefined, undefined, 'direct', 'deeper', undefined])
})

test('any order of entries and returns keeps the counts balanced and memory bounded', () => {
  const step = fc.record({ task: fc.nat(3), fn: fc.nat(2), enters: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), steps => {
      const calls = new Calls<number>()
      let came = 0
      for (const [ns, { task, fn, enters }] of steps.entries()) {
        if (enters) calls.entry(task, fn, ns, ns)
        else if (calls.exit(task, fn, ns) !== undefined) came++
      }
      const { entries, returns, withoutReturn, withoutEntry } = calls.counts
      assert.equal(came + withoutEntry, returns)
      assert.equal(came + withoutReturn + calls.open().length, entries)
    }),
  )
})

test('errors by name, as numbers and as pointers; others are none', () => {
  assert.equal(errorOf(-101, 'signed'), 'ENETUNREACH')
  assert.equal(errorOf(-12n, 'signed'), 'ENOMEM')
  assert.equal(errorOf(0xfffffffffffffff4n, 'pointer'), 'ENOMEM')
  assert.equal(errorOf(0xffff888000000000n, 'pointer'), undefined)
  assert.equal(errorOf(-5000, 'signed'), undefined)
  assert.equal(errorOf(4294967284, 'number'), undefined)
  assert.equal(plainValue(0xffff888000000000n, 'pointer'), '0xffff888000000000')
  assert.equal(plainValue(1, 'bool'), true)
  assert.equal(plainValue(2, { enumerators: new Map([[2, 'STATE']]) }), 'STATE')
  assert.equal(plainValue('(fault)', 'text'), '(unreadable)')
})

const call = (over: Partial<ProbedCall>): ProbedCall => ({
  ...{ schema: 'faultline.call/1', function: 'f', monotonicUs: 0, wall: '', cpu: 0, task: { pid: 1, comm: 'sh' } },
  ...{ depth: 0, arguments: {}, returned: true },
  ...over,
})

test('calls are counted by function and error, and by powers of two of how long they took', () => {
  const tally = new Tally()
  for (const error of ['EIO', 'EIO', undefined]) tally.add(call(error === undefined ? {} : { error }))
  assert.deepEqual(tally.rows(), [
    { key: 'f  EIO', count: 2 },
    { key: 'f', count: 1 },
  ])
  const histogram = new Histogram('duration')
  for (const durationNs of [0, 1, 3, 1000, 1023]) histogram.add(call({ durationNs }))
  const rows = histogram.rows('f').filter(({ count }) => count > 0)
  assert.deepEqual(rows, [
    { from: 0, to: 0, count: 1 },
    { from: 1, to: 1, count: 1 },
    { from: 2, to: 3, count: 1 },
    { from: 512, to: 1023, count: 2 },
  ])
})

test('presets are words as a shell takes them, and each names its functions rightly', () => {
  assert.deepEqual(wordsOf(`# why\n--errors 'f(a, b)'\n"g(x=\\"y\\")" h`), ['--errors', 'f(a, b)', 'g(x="y")', 'h'])
  for (const { name } of presets) assert.ok(presetWords(name, []).length > 0)
  assert.throws(() => presetWords('no-such', ['/nonexistent']), /no preset "no-such"; there are arp-route/)
})

const types = '/sys/kernel/btf/vmlinux'
test('ways through the structs of the running kernel', {
  skip: existsSync(types) ? false : 'this kernel has no BTF',
}, async () => {
  const btf = await openBtf(types)
  const plan = planProbe(parseSpec('vfs_open(path->dentry->d_name.name, file->f_flags)'), btf)
  assert.match(plan.values[0]?.fetch ?? '', /^\+0\(\+\d+\(\+\d+\(\$arg1\)\)\):string$/)
  assert.match(plan.values[1]?.fetch ?? '', /^\+\d+\(\$arg2\):u32$/)
  assert.deepEqual([plan.result?.fetch, plan.result?.reading], ['$retval:s32', 'signed'])
  const wrong = (text: string, message: RegExp): void => assert.throws(() => planProbe(parseSpec(text), btf), message)
  wrong('vfs_open(path->nothing)', /struct path has no member "nothing"/)
  wrong('vfs_open(nothing)', /no argument "nothing"; it has path, file/)
  wrong('vfs_open(file->f_path)', /is a (?:const )?struct path: say which of its members \(mnt, dentry\)/)
  wrong('vfs_open(file->f_flags->x)', /has no members/)
})
