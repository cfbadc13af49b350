// A kernel of the lab's own, built when its recipe, its fragment or the source has changed since the last time.

import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workFolder } from '../cache.ts'
import type { Kernel } from '../kernel.ts'
import { needPrograms, Unavailable } from '../packages.ts'
import { tell } from '../tell.ts'
import { readConfig, unheeded } from './config.ts'
import { type Recipe, recipes } from './index.ts'
import { locked } from './lock.ts'
import { make } from './make.ts'
import { type KernelSource, kernelSource, sourceFolder } from './source.ts'

export interface OwnBuild extends Kernel {
  recipe: Recipe
  /** the kernel's source, and where it was configured: `make -C source O=build M=…` makes a module */
  source: string
  build: string
  /** Debian's version of the source and a digest of recipe and fragment */
  key: string
}

/** What stands in made.json: the build that the folder holds. */
interface Made {
  key: string
  version: string
  release: string
  /** of this build, seconds; 2 processors at low priority */
  seconds: number
}

/** Parts of configs/ that belong to a kernel, common first. */
export function askedConfig(name: string): string {
  const read = (part: string): string => readFileSync(new URL(`configs/${part}.config`, import.meta.url), 'utf8')
  return `${read('common')}\n${read(name)}`
}

const folderOf = (name: string): string => workFolder(`kernels/${name}`)

const building = new Map<string, Promise<OwnBuild>>()

/** The kernel of this name, built where that is not done yet: 7 minutes of one processor for ppc32, 20 and more for the debug kernel. */
export function ensureKernel(name: string): Promise<OwnBuild> {
  let build = building.get(name)
  if (build === undefined) {
    build = ensure(recipeOf(name))
    building.set(name, build)
  }
  return build
}

/** The kernel of this name as it was built; nothing is built in passing, that takes too long. */
export async function builtKernel(name: string): Promise<OwnBuild> {
  const recipe = recipeOf(name)
  const made = readMade(folderOf(name))
  if (made === undefined) throw new Unavailable(`kernel ${name} is not built: npm run lab -- kernels ${name}`)
  return ownBuild(recipe, made)
}

function recipeOf(name: string): Recipe {
  const recipe = recipes.find(known => known.name === name)
  if (recipe !== undefined) return recipe
  throw new Error(`no kernel "${name}"; known: ${recipes.map(known => known.name).join(', ')}`)
}

async function ensure(recipe: Recipe): Promise<OwnBuild> {
  const source = await kernelSource()
  const asked = askedConfig(recipe.name)
  // Comments and order are nothing to a kernel.
  const options = [...readConfig(asked)].sort(([one], [other]) => (one < other ? -1 : 1))
  const digest = createHash('sha256').update(JSON.stringify({ recipe, options })).digest('hex').slice(0, 12)
  const key = `${source.version}-${digest}`
  const made = readMade(folderOf(recipe.name))
  return ownBuild(recipe, made?.key === key ? made : await build(recipe, source, key, asked))
}

function ownBuild(recipe: Recipe, { key, version, release }: Made): OwnBuild {
  const folder = folderOf(recipe.name)
  const build = join(folder, 'build')
  return {
    recipe,
    key,
    source: sourceFolder(version),
    build,
    release,
    version,
    image: join(build, recipe.image),
    tree: join(folder, 'tree'),
    systemMap: join(build, 'System.map'),
    vmlinux: join(build, 'vmlinux'),
  }
}

function readMade(folder: string): Made | undefined {
  const file = join(folder, 'made.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Made) : undefined
}

let queue: Promise<unknown> = Promise.resolve()

/** One kernel at a time: each takes all processors. */
function build(...args: Parameters<typeof buildNow>): Promise<Made> {
  const next = queue.then(() => locked(folderOf(args[0].name), () => buildNow(...args)))
  queue = next.catch(() => {})
  return next
}

async function buildNow(
  recipe: Recipe,
  { version, folder: source }: KernelSource,
  key: string,
  asked: string,
): Promise<Made> {
  const folder = folderOf(recipe.name)
  await needPrograms({
    make: 'make',
    flex: 'flex',
    bison: 'bison',
    bc: 'bc',
    depmod: 'kmod',
    // Looked for beside the folders of PATH: /usr/bin/../include.
    '../include/gelf.h': 'libelf-dev',
    ...compilerOf(recipe),
    ...recipe.programs,
  })
  const started = performance.now()
  const at = workFolder(`kernels/${recipe.name}/build`)
  const log = join(folder, 'build.log')
  for (const stale of ['made.json', 'build.log', 'modules'])
    rmSync(join(folder, stale), { recursive: true, force: true })
  const options = makeOptions(recipe, source, at)
  const run = (what: string, ...targets: string[]): Promise<void> =>
    make(`${recipe.name} ${what}`, source, [...options, ...targets], log)

  await configure(recipe, source, at, folder, asked)
  tell(`${recipe.name}: building (its words: ${log})`)
  await run('kernel', 'vmlinux', ...(recipe.targets ?? []), 'modules')
  const tree = join(folder, 'tree')
  rmSync(tree, { recursive: true, force: true })
  await run('modules', `INSTALL_MOD_PATH=${tree}`, 'INSTALL_MOD_STRIP=1', 'modules_install')
  const release = readFileSync(join(at, 'include/config/kernel.release'), 'utf8').trim()
  for (const link of ['build', 'source']) rmSync(join(tree, 'lib/modules', release, link), { force: true })
  prune(at)
  const seconds = Math.round((performance.now() - started) / 1000)
  const made: Made = { key, version, release, seconds }
  writeFileSync(join(folder, '.made.json'), JSON.stringify(made))
  renameSync(join(folder, '.made.json'), join(folder, 'made.json'))
  tell(`${recipe.name}: ${release} built in ${seconds} s`)
  return made
}

/** Writes `.config` into `at`. Throws an Error that names the options which kconfig does not take. */
async function configure(recipe: Recipe, source: string, at: string, folder: string, asked: string): Promise<void> {
  tell(`${recipe.name}: configuring`)
  const wanted = join(folder, 'asked.config')
  writeFileSync(wanted, asked)
  const options = [...makeOptions(recipe, source, at), `KCONFIG_ALLCONFIG=${wanted}`, 'allnoconfig']
  await make(`${recipe.name} configuration`, source, options, join(folder, 'build.log'))
  const missed = unheeded(asked, readFileSync(join(at, '.config'), 'utf8'))
  if (missed.length === 0) return
  const list = missed.map(({ option, asked, taken }) => `  ${option}: asked ${asked}, taken ${taken}`).join('\n')
  throw new Error(
    `${recipe.name}: the configuration does not take these options (something they need is missing):\n${list}`,
  )
}

/** Whether kconfig takes what is asked for, in seconds, in a folder of its own. Throws as `ensureKernel` would. */
export async function tryConfiguration(name: string): Promise<void> {
  const recipe = recipeOf(name)
  await needPrograms({ make: 'make', flex: 'flex', bison: 'bison', ...compilerOf(recipe) })
  const { folder: source } = await kernelSource()
  const folder = workFolder(`kernels/.tried/${name}`)
  try {
    await configure(recipe, source, workFolder(`kernels/.tried/${name}/build`), folder, askedConfig(name))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The compiler, by the package that brings it. */
export function compilerOf({ triple }: Recipe): Record<string, string> {
  return triple === undefined ? { 'gcc-12': 'gcc-12' } : { [`${triple}-gcc-12`]: `gcc-12-${triple}` }
}

/** What every make for this kernel is told, its modules' too. */
export function makeOptions(recipe: Recipe, source: string, at: string): string[] {
  return [
    `O=${at}`,
    `ARCH=${recipe.makeArch}`,
    ...(recipe.triple === undefined ? [] : [`CROSS_COMPILE=${recipe.triple}-`]),
    `CC=${recipe.triple === undefined ? '' : `${recipe.triple}-`}gcc-12`,
    ...(recipe.variables ?? []),
    // Not CONFIG_UBSAN_SANITIZE_ALL, with which every file takes twice as long: only what does wrong on purpose is watched.
    ...['bugs', 'fl', 'fl_checks'].map(name => `UBSAN_SANITIZE_${name}.o=y`),
    // Source paths in, BUG() and WARN() as the kernel's tree has them.
    `KCFLAGS=-ffile-prefix-map=${source}/= -ffile-prefix-map=${at}=.`,
  ]
}

/** Objects are most of what a build leaves and serve nobody: modules need headers, programs of scripts/ and symbol versions. */
function prune(at: string): void {
  for (const file of globSync('**/*.{o,a,mod.c}', {
    cwd: at,
    exclude: path => path === 'scripts' || path === 'tools',
  })) {
    if (!/^(?:scripts|tools|arch\/[^/]+\/(?:lib\/crtsavres|kernel\/module))/.test(file)) rmSync(join(at, file))
  }
}
