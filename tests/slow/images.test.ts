// Debian's kernels, as they are booted, against what their packages of debug symbols say of them. Fetched when they can
// be; a kernel that cannot is skipped and said.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type DebianArch, dependency, fetchFiles, fetchPackage, type Package } from '../../lab/packages.ts'
import { structsAt } from '../../src/core/formats/btf/members.ts'
import type { KernelFile } from '../../src/core/localise/kernel-file.ts'
import { openBtf } from '../../src/node/btf-file.ts'
import { openKernelFile } from '../../src/node/kernel-file.ts'
import { skipUnavailable } from '../skip-unavailable.ts'

interface DebianKernel {
  arch: DebianArch
  /** what the newest one's name begins with, and the package that depends on it */
  prefix: string
  meta?: string
  layers: string[]
  form: string
  /** the image does not say where it is linked */
  unplaced?: true
}

const kernels: readonly DebianKernel[] = [
  {
    arch: 'amd64',
    prefix: 'linux-image-6.1',
    meta: 'linux-image-amd64',
    layers: ['bzImage', 'xz'],
    form: 'relative, absolute per-CPU',
  },
  { arch: 'arm64', prefix: 'linux-image-6.1', meta: 'linux-image-arm64', layers: [], form: 'relative' },
  {
    arch: 'armhf',
    prefix: 'linux-image-6.1',
    meta: 'linux-image-armmp',
    layers: ['zImage (arm)', 'xz'],
    form: 'relative',
  },
  { arch: 'ppc64el', prefix: 'linux-image-6.1', meta: 'linux-image-powerpc64le', layers: [], form: 'relative' },
  {
    arch: 's390x',
    prefix: 'linux-image-6.1',
    meta: 'linux-image-s390x',
    layers: ['bzImage (s390)', 'xz'],
    form: 'relative',
    unplaced: true,
  },
  {
    arch: 'mips64el',
    prefix: 'linux-image-6.1',
    meta: 'linux-image-5kc-malta',
    layers: ['ELF wrapper', 'xz'],
    form: 'relative',
  },
]

const skipWithout = async <T>(context: TestContext, fetching: Promise<T>): Promise<T | undefined> => {
  try {
    return await fetching
  } catch (error) {
    skipUnavailable(context, error)
    return undefined
  }
}

async function kernelAndMap({
  arch,
  meta,
  prefix,
}: DebianKernel): Promise<{ image: string; map: string; release: string }> {
  const name = await dependency(arch, meta!, prefix)
  const release = name.replace(/^linux-image-/, '')
  const image = await fetchPackage(arch, name)
  const file = `./usr/lib/debug/boot/System.map-${release}`
  const debug: Package = await fetchFiles(arch, `${name}-dbg`, 'system-map', [file])
  return { image: globSync(join(image.folder, 'boot/vmlinu*'))[0]!, map: join(debug.folder, file), release }
}

/** `address name` → type, of every line. */
function readMap(text: string): Map<string, string> {
  const symbols = new Map<string, string>()
  for (const line of text.trimEnd().split('\n')) {
    const [address, type, name] = line.split(' ')
    symbols.set(`${address} ${name}`, type!)
  }
  return symbols
}

const start = (map: Map<string, string>): bigint =>
  BigInt(`0x${[...map.keys()].find(symbol => symbol.endsWith(' _text'))!.split(' ')[0]}`)

function symbolsOf(kernel: KernelFile, base: bigint): Map<string, string> {
  const { count, addresses, wordBytes, symbol } = kernel.kallsyms()
  const symbols = new Map<string, string>()
  for (let i = 0; i < count; i++) {
    const { type, name } = symbol(i)
    symbols.set(`${(base + addresses[i]!).toString(16).padStart(wordBytes * 2, '0')} ${name}`, type)
  }
  return symbols
}

/** scripts/kallsyms.c, is_ignored_symbol(): marks of the compiler, and the copies of functions for EFI and KVM's own world. */
const leftOut =
  / (?:\$|[0-9a-f]{8}\.(?:plt|long)_branch\.|__efistub_|__kvm_nvhe_\$|__AArch64ADRPThunk_|__ARMV5PILongThunk_|__(?:start|stop)_|_[se](?:init)?text$|_einittext|__.*_(?:start|end|begin)$)/

/** Whether a symbol of the map is in the code that every kernel keeps symbols of. */
function textRanges(map: Map<string, string>): (symbol: string) => boolean {
  const addressOf = (name: string): string =>
    [...map.keys()].find(symbol => symbol.endsWith(` ${name}`))!.split(' ')[0]!
  const ranges = [
    [addressOf('_stext'), addressOf('_etext')],
    [addressOf('_sinittext'), addressOf('_einittext')],
  ] as const
  return symbol =>
    ranges.some(([start, end]) => symbol.slice(0, start.length) >= start && symbol.slice(0, end.length) < end)
}

for (const debian of kernels) {
  test(`${debian.arch}: the symbols of the image are those of System.map`, async context => {
    const fetched = await skipWithout(context, kernelAndMap(debian))
    if (fetched === undefined) return
    const kernel = await openKernelFile(fetched.image)
    assert.deepEqual(
      kernel.image.layers.map(layer => layer.name),
      debian.layers,
    )
    assert.equal(kernel.release, fetched.release)
    assert.equal(kernel.kallsyms().form, debian.form)

    const map = readMap(readFileSync(fetched.map, 'utf8'))
    const symbols = symbolsOf(kernel, debian.unplaced === true ? start(map) : 0n)
    assert.equal(kernel.kallsyms().unplaced, debian.unplaced)
    assert.ok(symbols.size > 30_000)
    const unknown = [...symbols.keys()].filter(symbol => !map.has(symbol))
    assert.deepEqual(unknown.slice(0, 10), [], `${unknown.length} symbols that System.map does not have`)
    // scripts/kallsyms.c makes per-CPU symbols absolute.
    const otherType = [...symbols].filter(([symbol, type]) => map.get(symbol) !== type && type !== 'A')
    assert.deepEqual(otherType.slice(0, 10), [])
    const inText = textRanges(map)
    const missing = [...map].filter(
      ([symbol, type]) => /[tTwW]/.test(type) && inText(symbol) && !leftOut.test(symbol) && !symbols.has(symbol),
    )
    assert.deepEqual(missing, [])
  })
}

test('6.12: the other order of the tables, and zstd', async context => {
  const text = execFileSync('apt-cache', ['search', '--names-only', '^linux-image-6\\.12\\.[0-9]+\\+deb12-amd64$'], {
    encoding: 'utf8',
  })
  const name = text
    .match(/^\S+/gm)
    ?.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)
  if (name === undefined) return context.skip('no linux-image-6.12.…+deb12-amd64 in the package lists')
  const fetched = await skipWithout(context, fetchPackage('amd64', name))
  if (fetched === undefined) return
  const kernel = await openKernelFile(globSync(join(fetched.folder, 'boot/vmlinuz-*'))[0]!)
  assert.deepEqual(
    kernel.image.layers.map(layer => layer.name),
    ['bzImage', 'zstd'],
  )
  const symbols = kernel.symbols()
  assert.ok(symbols.count > 150_000)
  const [text0] = symbols.named('_text')
  assert.equal(text0?.address, 0xffffffff81000000n)
  for (const name of ['vfs_write', 'panic', 'entry_SYSCALL_64_after_hwframe', 'init_task']) {
    assert.equal(symbols.named(name).length, 1, name)
  }
})

test('members by BTF of the image are those that pahole prints', async context => {
  if (spawnSync('pahole', ['--version']).status !== 0) return context.skip('pahole is not installed')
  const fetched = await skipWithout(context, kernelAndMap(kernels[0]!))
  if (fetched === undefined) return
  const btf = await openBtf(fetched.image)
  assert.ok(btf.count > 90_000)
  const folder = mkdtempSync(join(tmpdir(), 'faultline-btf-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const kernel = await openKernelFile(fetched.image)
  const section = await kernel.elf!.read('.BTF')
  writeFileSync(join(folder, 'btf'), section!.bytes)
  const printed = execFileSync('pahole', ['-F', 'btf', join(folder, 'btf')], { encoding: 'utf8', maxBuffer: 1 << 28 })
  let checked = 0
  for (const [, name, body] of printed.matchAll(/^struct (\w+) \{\n([\s\S]*?)\n\}[^\n]*;/gm)) {
    if (++checked % 30 !== 0 || btf.named(name!, 'struct').length !== 1) continue
    // Members of the first level: one tab before them; bit-fields and those without a size are left to the unit tests.
    for (const [, member, offset, size] of body!.matchAll(
      /^\t[\w*][^\t].*?(\w+)(?:\[\d+\])*; +\/\* +(\d+) +(\d+) \*\/$/gm,
    )) {
      if (size === '0') continue
      const paths = structsAt(btf, name!, Number(offset))[0]!.members.map(each => each.path)
      const found = paths.some(path => path.split(/[.[]/)[0] === member)
      assert.ok(found, `${name}+${offset}: pahole says ${member}, found ${paths}`)
    }
  }
  assert.ok(checked > 5_000)
})
