// The options that say where debug information is, the same in every command that turns addresses into lines.

import type { Command } from 'commander'
import { type FunctionSource, sourceOfCode } from '../core/localise/code/function-source.ts'
import { localise, refusal } from '../core/localise/localise.ts'
import type { Place, Report } from '../core/model.ts'
import { DebugFiles } from '../node/debug-files.ts'
import { Debuginfod, serversOf } from '../node/debuginfod.ts'
import type { Terminal } from './terminal.ts'

export interface DebugOptions {
  vmlinux?: string
  modules?: string[]
  debugDir?: string[]
  debuginfod?: string
}

const collect = (value: string, all: string[] | undefined): string[] => [...(all ?? []), value]

export function defineDebugOptions(command: Command): void {
  command
    .option('--vmlinux <FILE>', 'the kernel with debug information, or its index: lines and inlined calls')
    .option('--modules <DIR>', 'folder of its modules with debug information (.ko, .ko.xz, …)', collect)
    .option('--debug-dir <DIR>', 'folder laid out as /usr/lib/debug, searched by release and build ID', collect)
    .option('--debuginfod <URL>', 'server to ask for debug files by build ID; also DEBUGINFOD_URLS')
}

export const wantsDebugFiles = (options: DebugOptions): boolean =>
  options.vmlinux !== undefined ||
  options.modules !== undefined ||
  options.debugDir !== undefined ||
  options.debuginfod !== undefined

/** The files that the options lead to. */
export function debugFiles(options: DebugOptions, terminal: Terminal): DebugFiles {
  const { vmlinux, modules, debugDir, debuginfod } = options
  const servers = serversOf(debuginfod ?? terminal.env['DEBUGINFOD_URLS'])
  return new DebugFiles({
    env: terminal.env,
    ...(vmlinux !== undefined && { vmlinux }),
    ...(modules !== undefined && { modules }),
    ...(debugDir !== undefined && { debugDirs: debugDir }),
    ...(servers.length > 0 && { debuginfod: new Debuginfod(servers, terminal.env) }),
  })
}

/** A log of another kernel has something to say of every function. */
const MAX_PROBLEMS = 20

/** Adds places to reports; says once what stood in the way. */
export class Localiser {
  readonly #files: DebugFiles
  readonly #said = new Set<string>()

  constructor(options: DebugOptions, terminal: Terminal) {
    this.#files = debugFiles(options, terminal)
  }

  /** The code of the function that a report failed in, where a file of that build has it. */
  async source(report: Report): Promise<FunctionSource | undefined> {
    if (report.pc?.symbol === undefined) return undefined
    const code = await this.#files.find(report.pc.module, report)
    if ('unknown' in code || (await refusal(code, report.pc, report)) !== undefined) return undefined
    return sourceOfCode(code)
  }

  get files(): DebugFiles {
    return this.#files
  }

  /** The problems that were not met in an earlier report, a line each. */
  async add(report: Report): Promise<string[]> {
    await localise(report, this.#files.find)
    const problems: string[] = []
    for (const place of placesOf(report)) {
      if (place === undefined || !('unknown' in place) || this.#said.has(place.detail)) continue
      if (this.#said.size >= MAX_PROBLEMS) continue
      this.#said.add(place.detail)
      problems.push(place.detail)
    }
    return problems
  }
}

function* placesOf(report: Report): Generator<Place | undefined> {
  yield report.pc?.place
  for (const { frames } of report.traces ?? []) for (const frame of frames) yield frame.place
}
