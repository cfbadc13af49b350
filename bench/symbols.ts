// How fast a trace gets its lines, beside the usual tools on the same files: CPU seconds of the whole process (of all
// processes where a tool needs one for each file), median of the runs, and the highest peak of resident memory.
//
//   npm run bench -- symbols [--runs N] [--write]
//
//   --runs   median of so many; default 5
//   --write  puts the table into bench/RESULTS-symbols.md
//
// The files are Debian's kernel with its debug package, fetched by apt (a gigabyte), which also brings the tools; those that
// it cannot are left out and said.

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fetchPackage } from '../lab/packages.ts'
import { ElfCode } from '../src/core/localise/elf-code.ts'
import { openElf } from '../src/node/elf-files.ts'
import { openIndex } from '../src/node/symbol-index.ts'
import { debianKernel } from '../tests/debian-kernel.ts'
import { Random } from '../tests/random.ts'
import { ensurePrograms } from '../tools/install.mjs'
import { isInstalled, median } from './decode/measure.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
})
const runs = Number(values.runs)
const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

ensurePrograms({
  time: 'time',
  gdb: 'gdb',
  drgn: 'python3-drgn',
  addr2line: 'binutils',
  'eu-addr2line': 'elfutils',
  'llvm-dwarfdump': 'llvm',
  'llvm-gsymutil-19': 'llvm-19',
  'llvm-symbolizer-19': 'llvm-19',
})

const { vmlinux, moduleRoot, release, version } = await debianKernel()
const name = `linux-image-${release}`
const modulePaths = { ext4: 'fs/ext4/ext4.ko', nvme: 'drivers/nvme/host/nvme.ko' }
const modules = join(moduleRoot, 'kernel')

/** Frames of one file of the trace. */
interface Part {
  file: string
  module?: string
  frames: { symbol: string; offset: number; size: number; section: string; address: bigint }[]
}

/** Frames in functions of `.text`, by chance. */
async function partOf(file: string, module: string | undefined, count: number, seed: number): Promise<Part> {
  const random = new Random(seed)
  const code = await ElfCode.open(module ?? 'vmlinux', await openElf(file))
  const section = code.elf.section('.text')!
  const start = code.elf.layout.starts[section.index]!
  const functions = [...(await code.symbols())!].filter(
    ({ address, sizeBytes = 0 }) => address >= start && address + sizeBytes < start + section.size && sizeBytes >= 64,
  )
  const frames: Part['frames'] = []
  while (frames.length < count) {
    const { name: symbol, address, sizeBytes: size = 0 } = random.pick(functions)
    const offset = random.between(5, Math.min(size, 2048) - 1)
    const known = await code.places(address + offset - 1)
    if (known[0]?.function === undefined || (await code.named(symbol)).length > 1) continue
    frames.push({
      symbol,
      offset,
      size,
      section: '.text',
      address: section.address + BigInt(address + offset - 1 - start),
    })
  }
  return { file, ...(module !== undefined && { module }), frames }
}

const parts = [
  await partOf(vmlinux, undefined, 21, 1),
  await partOf(join(modules, modulePaths.ext4), 'ext4', 6, 2),
  await partOf(join(modules, modulePaths.nvme), 'nvme', 3, 3),
]
const hex = (value: number | bigint): string => `0x${value.toString(16)}`
const trace = parts
  .flatMap(({ module, frames }) =>
    frames.map(({ symbol, offset, size }) => {
      return ` ${symbol}+${hex(offset)}/${hex(size)}${module === undefined ? '' : ` [${module}]`}\n`
    }),
  )
  .join('')

interface Step {
  program: string
  args: readonly string[]
  input?: string
}

interface Row {
  what: string
  cpuSeconds: number
  peakMiB: number
  note: string
}

const missing: string[] = []

/** Runs the steps of one answer; GNU time says what each took. */
function row(what: string, steps: readonly Step[], note: (output: string) => string = () => '', count = runs): Row[] {
  const absent = steps.map(({ program }) => program).find(program => !isInstalled(program) && !existsSync(program))
  if (absent !== undefined) {
    missing.push(absent)
    return []
  }
  const seconds: number[] = []
  let peakMiB = 0
  let output = ''
  for (let run = 0; run < count; run++) {
    let sum = 0
    output = ''
    for (const { program, args, input = '' } of steps) {
      const file = join(scratch, 'time')
      const { stdout, stderr, status } = spawnSync('/usr/bin/time', ['-o', file, '-f', '%U %S %M', program, ...args], {
        input,
        encoding: 'utf8',
        maxBuffer: 1 << 30,
        cwd: root,
        env: { ...process.env, XDG_CACHE_HOME: join(scratch, 'cache') },
      })
      if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
      const times = spawnSync('tail', ['-n', '1', file], { encoding: 'utf8' }).stdout.trim().split(' ').map(Number)
      sum += times[0]! + times[1]!
      peakMiB = Math.max(peakMiB, times[2]! / 1024)
      output += stdout
    }
    seconds.push(sum)
  }
  return [{ what, cpuSeconds: median(seconds), peakMiB, note: note(output) }]
}

const node = process.execPath
const faultline = join(root, 'dist', 'faultline.mjs')
const oops = join(root, 'fixtures/kinds/null-dereference/x86_64-6.1-read-in-module/input.log')
const stacktrace = (kernel: string, input: string): Step => ({
  program: node,
  args: [faultline, 'stacktrace', kernel, 'auto', modules],
  input,
})
const perPart = (program: string, args: (part: Part) => string[], input: (part: Part) => string): Step[] =>
  parts.map(part => ({ program, args: args(part), input: input(part) }))
const addresses = ({ frames }: Part): string => frames.map(({ address }) => `${hex(address)}\n`).join('')
const found = (output: string): string => `${(output.match(/ \(\S+:\d+/g) ?? []).length} of 30 frames`
const counted = (pattern: RegExp) => (output: string) => `${(output.match(pattern) ?? []).length} lines of source`

/** The kernel's own script, from Debian's source package; not part of this project. */
async function decodeStacktrace(): Promise<Row[]> {
  const source = await fetchPackage('amd64', 'linux-source-6.1')
  const archive = globSync(join(source.folder, 'usr/src/linux-source-*.tar.xz'))[0]!
  const member = 'linux-source-6.1/scripts/decode_stacktrace.sh'
  spawnSync('tar', ['-xJf', archive, '-C', scratch, '--occurrence=1', member])
  const script = join(scratch, member)
  return row(
    'decode_stacktrace.sh',
    [{ program: 'bash', args: [script, vmlinux, 'auto', modules], input: trace }],
    found,
    1,
  )
}

const index = join(scratch, 'k.symbols')
const modulesInIndex = Object.values(modulePaths).map(path => join(modules, path))
const build = (...files: string[]): Step => ({
  program: node,
  args: [faultline, 'symbols', 'build', '-o', index, ...files],
})
const size = (file: string) => (): string => `${(statSync(file).size / 1e6).toFixed(1)} MB`
mkdirSync(join(scratch, 'cache'))

const builds = [
  ...row('faultline symbols build, kernel', [build(vmlinux)], size(index)),
  ...row('llvm-gsymutil-19 --convert, kernel', gsym('llvm-gsymutil-19'), size(join(scratch, 'gsym'))),
  ...row('llvm-dwarfdump --debug-line, kernel', [
    { program: 'sh', args: ['-c', `exec llvm-dwarfdump --debug-line "$0" >/dev/null`, vmlinux] },
  ]),
]
function gsym(program: string): Step[] {
  return [{ program, args: ['--num-threads=1', '--convert', vmlinux, '-o', join(scratch, 'gsym'), '--quiet'] }]
}
row('', [build(vmlinux, ...modulesInIndex)], () => '', 1)

const traces = [
  ...row('node -e 0', [{ program: node, args: ['-e', '0'] }]),
  ...row('faultline stacktrace, no index', [stacktrace(vmlinux, trace)], found),
  ...row('faultline stacktrace, index', [stacktrace(index, trace)], found),
  ...row('faultline decode --vmlinux, one oops with all that is explained of it', [
    { program: node, args: [faultline, 'decode', '--vmlinux', vmlinux, '--modules', modules, '--verbose', oops] },
  ]),
  ...row(
    'addr2line -fip, 3 files',
    perPart('addr2line', part => ['-fip', '-e', part.file, ...section(part)], addresses),
    counted(/:\d+/g),
  ),
  ...row(
    'llvm-symbolizer-19, 3 files',
    perPart('llvm-symbolizer-19', part => ['-i', '-f', `--obj=${part.file}`], addresses),
    counted(/:\d+:\d+/g),
  ),
  ...row(
    'eu-addr2line -fi, 3 files',
    perPart('eu-addr2line', part => ['-fi', '-e', part.file], addresses),
    counted(/:\d+/g),
  ),
  ...row(
    'gdb -batch, 3 files, no inlined calls',
    perPart(
      'gdb',
      part => ['-batch', ...part.frames.flatMap(({ address }) => ['-ex', `info line *${hex(address)}`]), part.file],
      () => '',
    ),
    counted(/^Line \d+/gm),
  ),
  ...row('llvm-gsymutil-19 --address, kernel only', gsymLookup(), counted(/@ \S+:\d+/g)),
  ...row('drgn, kernel only, symbols without lines', drgn(), output => `${output.split('\n').length - 1} symbols`),
  ...(await decodeStacktrace()),
]

/** By the file that was made above. */
function gsymLookup(): Step[] {
  const wanted = parts[0]!.frames.flatMap(({ address }) => ['--address', hex(address)])
  return [{ program: 'llvm-gsymutil-19', args: [join(scratch, 'gsym'), ...wanted] }]
}

/** The version of Debian 12 has no look-up of lines by address. */
function drgn(): Step[] {
  const script = `import drgn,sys
prog = drgn.Program(drgn.Platform(drgn.Architecture.X86_64))
prog.load_debug_info(["${vmlinux}"])
for line in sys.stdin: print(prog.symbol(int(line, 16)).name)`
  return [{ program: '/usr/bin/python3', args: ['-c', script], input: addresses(parts[0]!) }]
}
function section({ module }: Part): string[] {
  return module === undefined ? [] : ['-j', '.text']
}

/** Addresses answered one after the other in one process. */
async function perAddress(): Promise<string> {
  const code = await ElfCode.open('vmlinux', await openElf(vmlinux))
  const indexed = (await (await openIndex(index))!.object('vmlinux'))!
  const random = new Random(9)
  const text = code.elf.section('.text')!
  const places = Array.from({ length: 10_000 }, () => random.below(text.size) + code.elf.layout.starts[text.index]!)
  const took: number[] = []
  for (let round = 0; round < 5; round++) {
    const began = process.cpuUsage()
    for (const place of places) await indexed.places(place)
    const { user, system } = process.cpuUsage(began)
    took.push((user + system) / places.length)
  }
  return `10,000 addresses by chance from the index, in one process: ${took[0]!.toFixed(1)} µs each at first, ${median(took).toFixed(1)} µs in the median of five rounds.`
}

const table = (rows: readonly Row[], reference: string): string => {
  const unit = rows.find(({ what }) => what === reference)?.cpuSeconds ?? Number.NaN
  const lines = rows.map(({ what, cpuSeconds, peakMiB, note }) => {
    return `| ${what} | ${cpuSeconds.toFixed(2)} | ${Number.isNaN(unit) ? '' : (cpuSeconds / unit).toFixed(2)} | ${peakMiB.toFixed(0)} | ${note} |`
  })
  return [`| program | CPU s | × ${reference} | peak MiB | |`, '|---|---:|---:|---:|---|', ...lines].join('\n')
}

const text = `Debian's ${name} ${version}: a trace of 30 frames, 21 of the kernel, 6 of ext4, 3 of nvme, with all inlined calls.
CPU seconds (user and system), median of ${runs} runs; ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.version}.

${table(traces, 'addr2line -fip, 3 files')}

${await perAddress()}

${table(builds, 'llvm-gsymutil-19 --convert, kernel')}
${missing.length === 0 ? '' : `\nNot installed: ${[...new Set(missing)].join(', ')}.\n`}`
process.stdout.write(text)
if (values.write) {
  const heading = '# Speed of symbols\n\nWritten by `npm run bench -- symbols --write`; see bench/symbols.ts.\n\n'
  writeFileSync(join(root, 'bench', 'RESULTS-symbols.md'), heading + text)
}
