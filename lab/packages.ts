// Debian packages by name, of any architecture, fetched with apt and unpacked beside the system, never installed. apt runs
// with lists, caches and status of its own: the machine's dpkg knows nothing of the foreign architectures.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePrograms } from '../tools/install.mjs'
import { cached, workFolder } from './cache.ts'
import { ProgramError, runProgram } from './run-program.ts'
import { tell } from './tell.ts'

/** What a guest needs cannot be had on this machine: not the lab's failure, and said as the reason why it did not run. */
export class Unavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unavailable'
  }
}

export type DebianArch = 'amd64' | 'i386' | 'arm64' | 'armhf' | 'ppc64el' | 's390x' | 'mips64el' | LaterArch

/** Of a later Debian than the machine's: what this one does not have. */
export type LaterArch = 'amd64/sid' | 'loong64/sid' | 'amd64/trixie' | 'riscv64/trixie'

export const suiteOf = (arch: DebianArch): 'sid' | 'trixie' | undefined => {
  const [, suite] = arch.split('/')
  return suite === 'sid' || suite === 'trixie' ? suite : undefined
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The list of a later Debian, from the mirrors that the machine has. */
async function laterList(folder: string, suite: string): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE)'
  const filter = ['Identifier: Packages', 'Origin: Debian', 'Component: main']
  const lines = (await runProgram('apt-get', ['indextargets', '--format', format, ...filter])).toString().split('\n')
  // Updates and security fixes are in archives of their own names.
  const [mirror] = lines.find(line => /^\S+ [a-z]+$/.test(line))?.split(' ') ?? []
  if (mirror === undefined) throw new Unavailable('apt knows no mirror of Debian: /etc/apt/sources.list')
  const list = join(folder, 'sources.list')
  const line = `deb ${existsSync(keyring) ? `[signed-by=${keyring}] ` : ''}${mirror} ${suite} main\n`
  // A list that is newer than apt's cache has it built again.
  if (!existsSync(list) || readFileSync(list, 'utf8') !== line) writeFileSync(list, line)
  return list
}

async function aptOptions(from: DebianArch): Promise<string[]> {
  const folder = workFolder(`apt/${from}`)
  const [arch = from, suite] = from.split('/')
  for (const path of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, path), { recursive: true })
  const options: Record<string, string> = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    // Debian's container images turn these off; without them each question takes a second of the processor.
    'Dir::Cache::pkgcache': 'pkgcache.bin',
    'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
    'APT::Architecture': arch,
    'APT::Architectures': arch,
    'APT::Sandbox::User': 'root',
    'Acquire::Retries': '3',
    // Indexes that the lab does not read.
    'Acquire::Languages': 'none',
    ...(suite === undefined
      ? {}
      : { 'Dir::Etc::sourcelist': await laterList(folder, suite), 'Dir::Etc::sourceparts': '-' }),
  }
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

const updates = new Map<DebianArch, Promise<void>>()

/** Package lists are asked for again after so long. */
const LISTS_KEPT_MS = 12 * 60 * 60 * 1000

/** Package lists of this architecture. A suite that is not to be had leaves the others usable. */
function updated(arch: DebianArch): Promise<void> {
  const stamp = join(workFolder(`apt/${arch}`), 'updated')
  const age = Date.now() - (statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  let update = updates.get(arch)
  if (update === undefined && age < LISTS_KEPT_MS) update = Promise.resolve()
  if (update === undefined) {
    tell(`package lists of ${arch}`)
    update = aptOptions(arch)
      .then(options => runProgram('apt-get', [...options, '-qq', 'update']))
      .then(
        () => {},
        error => {
          // Mirrors in the middle of a sync: apt keeps what it could get.
          if (!(error instanceof ProgramError)) throw error
        },
      )
    update = update.then(() => writeFileSync(stamp, ''))
  }
  updates.set(arch, update)
  return update
}

const unavailable = (error: Error): never => {
  throw new Unavailable(error.message, { cause: error })
}

const answers = new Map<string, Promise<string>>()

/** What apt-cache says; asked once. */
function askApt(arch: DebianArch, ...args: string[]): Promise<string> {
  const question = [arch, ...args].join(' ')
  let answer = answers.get(question)
  if (answer === undefined) {
    answer = askAptNow(arch, args)
    answers.set(question, answer)
  }
  return answer
}

async function askAptNow(arch: DebianArch, args: readonly string[]): Promise<string> {
  await needPrograms({ 'apt-get': 'apt', 'apt-cache': 'apt' })
  return (await runProgram('apt-cache', [...(await aptOptions(arch)), ...args]).catch(unavailable)).toString()
}

/** The package that a meta package depends on, by the beginning of its name: linux-image-arm64 → linux-image-6.1.0-…-arm64. */
export async function dependency(arch: DebianArch, name: string, prefix: string): Promise<string> {
  await updated(arch)
  const text = await askApt(arch, 'depends', name)
  const found = text
    .split('\n')
    .map(line => line.trim().replace(/^Depends: /, ''))
    .find(word => word.startsWith(prefix) && word !== name)
  if (found === undefined) throw new Unavailable(`package ${name} of ${arch} depends on nothing called ${prefix}…`)
  return found
}

export interface Package {
  name: string
  /** Debian's version, as in 6.1.192-2 */
  version: string
  /** the unpacked files */
  folder: string
}

/** Fetches and unpacks one package; what was fetched before is used again as long as its version is offered. */
export function fetchPackage(arch: DebianArch, name: string): Promise<Package> {
  return fetchInto(arch, name, '', (file, target) => runProgram('dpkg-deb', ['-x', file, target]))
}

/**
 * The same, but of all its files only these, `./usr/lib/…` as in the archive, each once: packages of debug symbols have
 * gigabytes. `part` names what they are.
 */
export function fetchFiles(arch: DebianArch, name: string, part: string, files: readonly string[]): Promise<Package> {
  const script = 'file=$1 folder=$2; shift 2; dpkg-deb --fsys-tarfile "$file" | tar -x -C "$folder" --occurrence=1 "$@"'
  return fetchInto(arch, name, `,${part}`, (file, target) =>
    runProgram('sh', ['-c', script, 'tar', file, target, ...files]),
  )
}

type Unpack = (file: string, target: string) => Promise<unknown>

async function fetchInto(arch: DebianArch, name: string, suffix: string, unpack: Unpack): Promise<Package> {
  await updated(arch)
  const shown = await askApt(arch, 'show', '--no-all-versions', name)
  const version = /^Version: (\S+)$/m.exec(shown)?.[1]
  if (version === undefined) throw new Unavailable(`no package ${name} for ${arch} in the package lists`)
  const path = `packages/${arch}/${name}_${version.replaceAll(':', '%3a')}${suffix}`
  const folder = await cached(path, async target => {
    tell(`fetching ${name} ${version} of ${arch}`)
    const download = `${target}.deb`
    mkdirSync(download, { recursive: true })
    try {
      await runProgram('apt-get', [...(await aptOptions(arch)), '-qq', 'download', name], { cwd: download }).catch(
        unavailable,
      )
      const file = readdirSync(download).find(entry => entry.endsWith('.deb'))
      if (file === undefined) throw new Error(`apt-get download ${name} brought no .deb`)
      await unpack(join(download, file), target)
    } finally {
      rmSync(download, { recursive: true, force: true })
    }
  })
  return { name, version, folder }
}

let installing: Promise<unknown> = Promise.resolve()

/** Programs that must be on the machine itself, by the package that brings each; apt installs what is missing. */
export function needPrograms(programs: Record<string, string>): Promise<void> {
  // One apt at a time: it locks.
  const next = installing.then(() => {
    const missing = ensurePrograms(programs)
    if (missing.length > 0) throw new Unavailable(`missing programs: ${missing.join(', ')}`)
  })
  installing = next.catch(() => {})
  return next
}
