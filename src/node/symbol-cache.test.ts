import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mutations } from '../../tests/images.ts'
import { scratchFolder } from '../../tests/toolchain.ts'
import { FormatError } from '../core/bytes/cursor.ts'
import { type KeptSymbols, readKeptSymbols, writeKeptSymbols } from '../core/formats/symbol-cache.ts'
import { SymbolCache } from './symbol-cache.ts'

const folder = scratchFolder()
let count = 0
const freshEnv = () => ({ XDG_CACHE_HOME: join(folder, `cache-${count++}`) })

const symbolsOf = (buildId: string | undefined, names: readonly string[]): KeptSymbols => ({
  ...(buildId !== undefined && { buildId }),
  release: '6.1.0-test',
  wordBytes: 8,
  count: names.length,
  addresses: BigUint64Array.from(names, (_, index) => 0xffffffff81000000n + BigInt(index * 64)),
  symbol: index => ({ type: 't', name: names[index]! }),
})
const image = (text: string): string => {
  const path = join(folder, `vmlinuz-${text}`)
  writeFileSync(path, text)
  return path
}
const namesOf = (kept: KeptSymbols | undefined) =>
  kept && Array.from({ length: kept.count }, (_, index) => kept.symbol(index).name)

const id = 'ab'.repeat(20)

test('what was kept of an image is there the next time, and by its build ID', async () => {
  const cache = new SymbolCache(freshEnv())
  const path = image('one')
  assert.equal(await cache.find(path), undefined)
  await cache.keep(path, symbolsOf(id, ['_text', 'start_kernel', '']))
  const kept = await cache.find(path)
  assert.deepEqual(namesOf(kept), ['_text', 'start_kernel', ''])
  assert.equal(kept?.release, '6.1.0-test')
  assert.equal(kept.addresses[1], 0xffffffff81000040n)
  assert.deepEqual(namesOf(await cache.ofBuild(id)), ['_text', 'start_kernel', ''])
  assert.deepEqual(namesOf(await cache.find(image('copy of one'))), undefined)
  // The same file, written anew with other contents, is another image.
  writeFileSync(path, 'another kernel')
  assert.equal(await cache.find(path), undefined)
})

test('an image without a build ID is kept too', async () => {
  const cache = new SymbolCache(freshEnv())
  const path = image('no ID')
  await cache.keep(path, symbolsOf(undefined, ['_text']))
  assert.deepEqual(namesOf(await cache.find(path)), ['_text'])
})

test('many writers at once: a reader sees one of them whole, and nothing is left over', async () => {
  const cache = new SymbolCache(freshEnv())
  const path = image('many')
  const lists = Array.from({ length: 24 }, (_, writer) => new Array<string>(200 + writer).fill(`of_writer_${writer}`))
  const seen: (string[] | undefined)[] = []
  await Promise.all(
    lists.flatMap(names => [
      cache.keep(path, symbolsOf(id, names)),
      cache.find(path).then(kept => seen.push(namesOf(kept))),
    ]),
  )
  seen.push(namesOf(await cache.find(path)))
  for (const names of seen) assert.ok(names === undefined || lists.some(list => list.join() === names.join()))
  assert.ok(seen.at(-1) !== undefined)
  assert.equal(readdirSync(cache.folder).filter(name => name.endsWith('.part')).length, 0)
})

test('bounded: what was used longest ago goes first; parts of dead writers go too', async () => {
  const env = freshEnv()
  const cache = new SymbolCache(env, 30_000)
  mkdirSync(cache.folder, { recursive: true })
  const stale = join(cache.folder, '.x.1-2.part')
  writeFileSync(stale, 'x')
  utimesSync(stale, 1, 1)
  const names = Array.from({ length: 500 }, (_, index) => `function_${index}`)
  for (let build = 0; build < 5; build++) {
    const buildId = build.toString(16).repeat(40)
    await cache.keep(image(`bounded ${build}`), symbolsOf(buildId, names))
    const path = join(cache.folder, `${buildId}.kallsyms`)
    if (existsSync(path)) utimesSync(path, 1000 + build, 1000 + build)
  }
  assert.ok(!existsSync(stale))
  const left = readdirSync(cache.folder).filter(name => name.endsWith('.kallsyms'))
  assert.deepEqual(
    left.sort(),
    ['3', '4'].map(digit => `${digit.repeat(40)}.kallsyms`),
  )
})

test('a cache that cannot be written, or is damaged, is as none', async () => {
  writeFileSync(join(folder, 'file'), '')
  const cache = new SymbolCache({ XDG_CACHE_HOME: join(folder, 'file') })
  await cache.keep(image('x'), symbolsOf(id, ['_text']))
  assert.equal(await cache.find(image('x')), undefined)
  const other = new SymbolCache(freshEnv())
  const kernel = image('y')
  await other.keep(kernel, symbolsOf(id, ['_text']))
  const path = join(other.folder, `${id}.kallsyms`)
  writeFileSync(path, readFileSync(path).subarray(0, 40))
  assert.equal(await other.find(kernel), undefined)
  assert.ok(!existsSync(path))
  assert.equal(await other.ofBuild('../../etc/passwd'), undefined)
})

test('prefixes and mutations read, or fail with a FormatError', () => {
  const bytes = writeKeptSymbols(symbolsOf(id, ['_text', 'start_kernel', 'vfs_write']))
  const read = (some: Uint8Array): void => {
    try {
      const kept = readKeptSymbols('kept', some)
      for (let index = 0; index < kept.count; index++) kept.symbol(index)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  for (let end = 0; end < bytes.length; end++) {
    assert.throws(() => readKeptSymbols('kept', bytes.subarray(0, end)), FormatError)
  }
  for (const mutated of mutations(bytes, 5000)) read(mutated)
})
