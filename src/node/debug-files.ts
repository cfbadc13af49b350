// Where the debug information of a kernel and its modules is found: the files and folders that the user names, the
// places that distributions use, build-ID folders, debuginfod servers.

import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { FormatError } from '../core/bytes/cursor.ts'
import type { Companions } from '../core/formats/dwarf/debug-info.ts'
import type { ElfFile } from '../core/formats/elf/elf-file.ts'
import type { CodeMap } from '../core/localise/code-map.ts'
import type { ElfCode } from '../core/localise/elf-code.ts'
import type { FindCode, Unknown } from '../core/localise/localise.ts'
import type { SourceIndex } from '../core/localise/source-index/container.ts'
import { IndexedCode } from '../core/localise/source-index/indexed-code.ts'
import type { Report } from '../core/model.ts'
import { say } from '../core/say.ts'
import type { Debuginfod } from './debuginfod.ts'
import { openElf } from './elf-files.ts'
import { InputError } from './files.ts'
import { ModuleFiles, moduleName } from './module-files.ts'
import { indexPath, openIndex } from './symbol-index.ts'

export interface DebugPlaces {
  /** the kernel's ELF file, or an index of it */
  vmlinux?: string
  /** folders of module files */
  modules?: readonly string[]
  /** folders laid out as /usr/lib/debug: .build-id/, boot/vmlinux-RELEASE, lib/modules/RELEASE/ */
  debugDirs?: readonly string[]
  debuginfod?: Debuginfod
  /** of the process: where indexes are kept */
  env?: Readonly<Record<string, string | undefined>>
}

/** What reads debug information and code: not loaded where an index has all the answers. */
async function codeReaders() {
  const [{ ElfCode }, { ElfMachineCode }] = await Promise.all([
    import('../core/localise/elf-code.ts'),
    import('../core/localise/code/machine-code.ts'),
  ])
  return { ElfCode, ElfMachineCode }
}

/** Where distributions put separate debug files. */
const standardDebugDir = '/usr/lib/debug'

export class DebugFiles {
  readonly #places: DebugPlaces
  readonly #debugDirs: readonly string[]
  readonly #folders = new Map<string, ModuleFiles>()
  readonly #open = new Map<string, Promise<CodeMap | Unknown>>()
  readonly #elves = new Map<string, Promise<ElfCode | undefined>>()
  #index: Promise<SourceIndex | undefined> | undefined

  constructor(places: DebugPlaces) {
    this.#places = places
    this.#debugDirs = [...(places.debugDirs ?? []), standardDebugDir]
  }

  /** For `localise`: the code of a module, or of the kernel; each file is opened once. */
  readonly find: FindCode = (module, report) => {
    const release = report.kernel?.release
    const buildId = module === undefined ? report.kernel?.buildId : buildIdOf(module, report)
    return this.code(module, release, buildId)
  }

  /** The same as an ELF file, for what an index does not keep: unwinding data, variables. */
  async elf(module: string | undefined, report: Report): Promise<ElfCode | undefined> {
    const code = await this.find(module, report)
    const { ElfCode } = await codeReaders()
    if (code instanceof ElfCode) return code
    if ('unknown' in code) return undefined
    const release = report.kernel?.release
    const buildId = module === undefined ? report.kernel?.buildId : buildIdOf(module, report)
    const paths =
      module === undefined ? this.#kernelPaths(release, buildId) : this.#modulePaths(module, release, buildId)
    for (const path of paths) {
      const key = `elf ${path}`
      let opened = this.#elves.get(key)
      if (opened === undefined) {
        opened = this.#openPlain(module ?? 'vmlinux', path)
        this.#elves.set(key, opened)
      }
      const found = await opened
      if (found !== undefined) return found
    }
    return undefined
  }

  /** undefined for what is no ELF file, as an index is none. */
  async #openPlain(name: string, path: string): Promise<ElfCode | undefined> {
    try {
      const elf = await openElf(path)
      const separate = hasLines(elf) ? undefined : await this.#separate(elf, path)
      return await (await codeReaders()).ElfCode.open(
        name,
        separate ?? elf,
        this.#companions(separate === undefined ? path : separate.file.name),
      )
    } catch (error) {
      if (error instanceof FormatError || error instanceof InputError) return undefined
      throw error
    }
  }

  /** `release` and `buildId` as the log has them, where it has. */
  code(module: string | undefined, release?: string, buildId?: string): Promise<CodeMap | Unknown> {
    const key = `${module === undefined ? '' : moduleName(module)} ${release} ${buildId}`
    let code = this.#open.get(key)
    if (code === undefined) {
      code = this.#openFirst(module, release, buildId)
      this.#open.set(key, code)
    }
    return code
  }

  /** Names of all modules that are at hand. */
  moduleNames(release?: string): string[] {
    return [...new Set(this.#moduleFolders(release).flatMap(folder => folder.names))].sort()
  }

  async #openFirst(module: string | undefined, release?: string, buildId?: string): Promise<CodeMap | Unknown> {
    const indexed = module === undefined ? undefined : await this.#indexed(moduleName(module))
    if (indexed !== undefined) return indexed
    const paths =
      module === undefined ? this.#kernelPaths(release, buildId) : this.#modulePaths(module, release, buildId)
    let failed: Unknown | undefined
    for (const path of paths) {
      try {
        return await this.#openCode(module ?? 'vmlinux', path)
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof InputError)) throw error
        failed ??= { unknown: 'unreadable', detail: error.message }
      }
    }
    const fetched = buildId && (await this.#places.debuginfod?.fetch(buildId))
    if (fetched) return this.#openCode(module ?? 'vmlinux', fetched)
    const what = module === undefined ? 'the kernel' : `module ${module}`
    const servers = this.#places.debuginfod?.problems ?? []
    return failed ?? { unknown: 'no-symbols', detail: [`no debug file of ${what} was found`, ...servers].join('; ') }
  }

  async #openCode(name: string, path: string): Promise<CodeMap> {
    const index = await openIndex(path)
    const indexed = await index?.object(name)
    if (indexed !== undefined) return indexed
    if (index !== undefined) throw new FormatError(path, 0, say`the index has no ${name}`)
    const elf = await openElf(path)
    const kept = await this.#kept(name, elf)
    if (kept !== undefined) {
      // The index has no code; the file that it is of does.
      if (kept instanceof IndexedCode) kept.machine = new (await codeReaders()).ElfMachineCode(elf)
      return kept
    }
    const { ElfCode } = await codeReaders()
    const separate = hasLines(elf) ? undefined : await this.#separate(elf, path)
    return ElfCode.open(
      name,
      separate ?? elf,
      this.#companions(separate === undefined ? path : separate.file.name),
      elf,
    )
  }

  /** A module from the index that was given as the kernel. */
  async #indexed(module: string): Promise<CodeMap | undefined> {
    const { vmlinux } = this.#places
    if (vmlinux === undefined || !existsSync(vmlinux)) return undefined
    this.#index ??= openIndex(vmlinux).catch(() => undefined)
    return (await this.#index)?.object(module)
  }

  /** The index that was built of this very file before. */
  async #kept(name: string, elf: ElfFile): Promise<CodeMap | undefined> {
    const { env } = this.#places
    const buildId = env === undefined ? undefined : await elf.buildId()
    if (env === undefined || buildId === undefined || !existsSync(indexPath(buildId, env))) return undefined
    try {
      const code = await (await openIndex(indexPath(buildId, env)))?.object(name)
      return code?.buildId === buildId ? code : undefined
    } catch (error) {
      // An index of another version, or a damaged one, is as none.
      if (error instanceof FormatError || error instanceof InputError) return undefined
      throw error
    }
  }

  #kernelPaths(release: string | undefined, buildId: string | undefined): string[] {
    const { vmlinux } = this.#places
    if (vmlinux !== undefined) return [vmlinux]
    const byRelease = this.#debugDirs.flatMap(folder =>
      release === undefined
        ? []
        : [
            `boot/vmlinux-${release}`,
            `lib/modules/${release}/vmlinux`,
            `vmlinux-${release}`,
            `vmlinux-${release}.debug`,
          ].map(name => join(folder, name)),
    )
    // decode_stacktrace.sh -r looks there: kernels that were built on the machine itself.
    const own =
      release === undefined
        ? []
        : ['/boot/vmlinux-R', '/boot/vmlinux-R.debug', '/lib/modules/R/vmlinux', '/lib/modules/R/build/vmlinux'].map(
            path => path.replace('R', () => release),
          )
    // Without a release only a folder that the user named can be meant.
    const plain = (this.#places.debugDirs ?? []).map(folder => join(folder, 'vmlinux'))
    return [...this.#byBuildId(buildId), ...byRelease, ...own, ...plain].filter(path => existsSync(path))
  }

  #modulePaths(module: string, release: string | undefined, buildId: string | undefined): string[] {
    const named = this.#moduleFolders(release).flatMap(folder => folder.named(module))
    return [...named, ...this.#byBuildId(buildId)].filter(path => existsSync(path))
  }

  #moduleFolders(release: string | undefined): ModuleFiles[] {
    const { modules, vmlinux } = this.#places
    const folders = [...(modules ?? [])]
    // Beside a vmlinux as distributions lay it out: /usr/lib/debug/boot/vmlinux-R and /usr/lib/debug/lib/modules/R.
    const ofVmlinux =
      vmlinux === undefined ? undefined : /^vmlinux-(?<release>.+?)(?:\.debug)?$/.exec(basename(vmlinux))
    const known = release ?? ofVmlinux?.groups?.['release']
    if (modules === undefined && vmlinux !== undefined && known !== undefined) {
      folders.push(resolve(dirname(vmlinux), '..', 'lib', 'modules', known))
    }
    if (known !== undefined) folders.push(...this.#debugDirs.map(folder => join(folder, 'lib', 'modules', known)))
    if (modules === undefined) {
      // In a tree that was built modules lie below their vmlinux; those of the running system come last.
      if (vmlinux !== undefined && existsSync(join(dirname(vmlinux), 'modules.order'))) folders.push(dirname(vmlinux))
      if (known !== undefined) folders.push(join('/lib/modules', known))
    }
    return [...new Set(folders)].map(folder => {
      const files = this.#folders.get(folder) ?? new ModuleFiles(folder)
      this.#folders.set(folder, files)
      return files
    })
  }

  #byBuildId(buildId: string | undefined): string[] {
    if (buildId === undefined || buildId.length < 4) return []
    return this.#debugDirs.map(folder => join(folder, '.build-id', buildId.slice(0, 2), `${buildId.slice(2)}.debug`))
  }

  /** The file that a stripped one's debug information was moved to. GDB manual, "Separate Debug Files". */
  async #separate(elf: ElfFile, path: string): Promise<ElfFile | undefined> {
    const buildId = await elf.buildId()
    const link = await elf.debugLink()
    const folder = dirname(resolve(path))
    const linked =
      link === undefined
        ? []
        : [
            join(folder, link.file),
            join(folder, '.debug', link.file),
            ...this.#debugDirs.map(each => join(each, folder, link.file)),
          ]
    for (const candidate of [...this.#byBuildId(buildId), ...linked]) {
      if (!existsSync(candidate) || resolve(candidate) === resolve(path)) continue
      const other = await openElf(candidate)
      // A file of another build is no help; without an ID the name has to do.
      if (buildId === undefined || (await other.buildId()) === buildId) return other
    }
    const fetched = buildId && (await this.#places.debuginfod?.fetch(buildId))
    return fetched ? openElf(fetched) : undefined
  }

  #companions(path: string): Companions {
    const folder = dirname(resolve(path))
    const packed = `${path}.dwp`
    const open = async (file: string): Promise<ElfFile | undefined> => (existsSync(file) ? openElf(file) : undefined)
    let package_: Promise<ElfFile | undefined> | undefined
    return {
      split: async (name, directory) =>
        (await open(resolve(directory ?? folder, name))) ?? (await open(join(folder, basename(name)))),
      package: () => {
        package_ ??= open(packed)
        return package_
      },
      alternate: async (file, buildId) => {
        const byId = this.#byBuildId(buildId).find(existsSync)
        return open(byId ?? resolve(folder, file))
      },
    }
  }
}

const hasLines = (elf: ElfFile): boolean =>
  elf.section('.debug_info') !== undefined || elf.section('.zdebug_info') !== undefined

function buildIdOf(module: string, report: Report): string | undefined {
  for (const { frames } of report.traces ?? []) {
    for (const frame of frames) if (frame.module === module && frame.buildId !== undefined) return frame.buildId
  }
  return undefined
}
