// What it costs to ask a kernel image: symbols, members of structs. Beside it the usual tools on the same files, where
// they are installed. CPU seconds of the whole process, median of the runs, and the highest peak of resident memory.
//
//   npm run bench -- images [--runs N] [--write]
//
//   --runs   median of so many; default 5
//   --write  puts the table into bench/RESULTS-images.md
//
// The kernels are Debian's 6.1 (xz) and 6.12 (zstd), fetched by apt.

import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dependency, fetchFiles, fetchPackage } from '../lab/packages.ts'
import { openKernelFile } from '../src/node/kernel-file.ts'
import { isInstalled, median } from './decode/measure.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
})
const runs = Number(values.runs)
const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'faultline-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

const name61 = await dependency('amd64', 'linux-image-amd64', 'linux-image-6.1')
const imageOf = async (name: string): Promise<string> =>
  globSync(join((await fetchPackage('amd64', name)).folder, 'boot/vmlinuz-*'))[0]!
const xz = await imageOf(name61)
const vmlinuxPath = `./usr/lib/debug/boot/vmlinux-${name61.replace(/^linux-image-/, '')}`
const vmlinux = join((await fetchFiles('amd64', `${name61}-dbg`, 'bench-vmlinux', [vmlinuxPath])).folder, vmlinuxPath)
const listed = spawnSync('apt-cache', ['search', '--names-only', '^linux-image-6\\.12\\.[0-9]+\\+deb12-amd64$'], {
  encoding: 'utf8',
}).stdout
const name612 = listed
  .match(/^\S+/gm)
  ?.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .at(-1)
const zstd = name612 === undefined ? undefined : await imageOf(name612)
const unpacked = join(scratch, 'vmlinux')
writeFileSync(unpacked, (await openKernelFile(xz)).image.bytes)
const kernel = await openKernelFile(unpacked)
const btf = join(scratch, 'btf')
writeFileSync(btf, (await kernel.elf!.read('.BTF'))!.bytes)

const missing: string[] = []
const rows: string[] = []

function row(
  what: string,
  program: string,
  args: readonly string[],
  note: (output: string) => string = () => '',
): void {
  if (!isInstalled(program)) {
    missing.push(program)
    return
  }
  const seconds: number[] = []
  let peakMiB = 0
  let output = ''
  for (let run = 0; run < runs; run++) {
    const file = join(scratch, 'time')
    const { stdout, stderr, status } = spawnSync('/usr/bin/time', ['-o', file, '-f', '%U %S %M', program, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      cwd: root,
    })
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
    const [user, system, kib] = spawnSync('tail', ['-n', '1', file], { encoding: 'utf8' }).stdout.split(' ').map(Number)
    seconds.push(user! + system!)
    peakMiB = Math.max(peakMiB, kib! / 1024)
    output = stdout
  }
  rows.push(`| ${what} | ${median(seconds).toFixed(2)} | ${peakMiB.toFixed(0)} | ${note(output)} |`)
}

const node = process.execPath
const faultline = (...args: string[]): string[] => [join(root, 'dist', 'faultline.mjs'), 'symbols', ...args]
const symbols = (output: string): string => `${output.split('\n').length - 1} symbols`

row('node -e 0', node, ['-e', '0'])
row('faultline --version', node, [join(root, 'dist', 'faultline.mjs'), '--version'])
row('faultline symbols extract, bzImage with xz', node, faultline('extract', xz), symbols)
if (zstd !== undefined) row('faultline symbols extract, bzImage with zstd', node, faultline('extract', zstd), symbols)
row('faultline symbols extract, unpacked image', node, faultline('extract', unpacked), symbols)
row('xz -dc of the payload alone', 'sh', [
  '-c',
  'tail -c +"$0" "$1" | xz -dc --single-stream 2>/dev/null | wc -c',
  await offset(),
  xz,
])
row('nm of the vmlinux with debug information', 'nm', [vmlinux], symbols)
row('vmlinux-to-elf, kallsyms-finder', 'kallsyms-finder', [xz], symbols)
row(
  'faultline symbols member, vmlinux with debug information',
  node,
  faultline('member', '--kernel-image', vmlinux, 'task_struct+0x2c'),
)
row('faultline symbols member, BTF alone', node, faultline('member', '--kernel-image', btf, 'task_struct+0x2c'))
row(
  'faultline symbols member, bzImage with zstd',
  node,
  faultline('member', '--kernel-image', zstd ?? xz, 'task_struct+0x2c'),
)
row(
  'pahole -C task_struct, BTF',
  'pahole',
  ['-F', 'btf', '-C', 'task_struct', btf],
  output => `the whole struct, ${output.split('\n').length} lines`,
)

/** Of the payload, 1-based as tail counts. */
async function offset(): Promise<string> {
  return String((await openKernelFile(xz)).image.layers.at(-1)!.offset + 1)
}

const text = `# Asking a kernel image

Written by \`npm run bench -- images --write\`; see bench/images.ts.

${name61}${name612 === undefined ? '' : ` and ${name612}`}; CPU seconds (user and system) of the whole process, median of ${runs} runs; peak resident
memory; ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.version}.

| program | CPU s | peak MiB | |
|---|---:|---:|---|
${rows.join('\n')}
${missing.length === 0 ? '' : `\nNot installed, so left out: ${missing.join(', ')}.\n`}`
process.stdout.write(text)
if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS-images.md'), text)
