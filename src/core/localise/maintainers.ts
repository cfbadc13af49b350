// Whom to tell: the people and lists that the source tree names for the file at fault.

import { type MaintainersSection, readMailmap, readMaintainers, sectionsOf } from '../formats/maintainers.ts'
import type { Report } from '../model.ts'
import { isNamed } from './blame.ts'
import type { ReadSource } from './source-lines.ts'

type Maintainers = NonNullable<Report['maintainers']>

/** Reads MAINTAINERS of a tree once, for all reports. */
export class MaintainersFinder {
  readonly #read: ReadSource
  #mailmap: Promise<(entry: string) => string> | undefined
  #sections: Promise<MaintainersSection[]> | undefined

  constructor(read: ReadSource) {
    this.#read = read
  }

  /** Adds `maintainers` where the tree has the file that the report blames. */
  async add(report: Report): Promise<void> {
    const file = guiltyFile(report)
    if (file === undefined) return
    const found = await this.of(file)
    if (found !== undefined) report.maintainers = found
  }

  /** Of a file by its path from the top of the tree. */
  async of(file: string): Promise<Maintainers | undefined> {
    this.#sections ??= this.#read('MAINTAINERS').then(text => readMaintainers(text ?? ''))
    this.#mailmap ??= this.#read('.mailmap').then(text => readMailmap(text ?? ''))
    const [sections, current] = await Promise.all([this.#sections, this.#mailmap])
    if (sections.length === 0) return undefined
    const found = sectionsOf(sections, file, await this.#read(file))
    return found.length === 0 ? undefined : { file, sections: found.map(section => described(section, current)) }
  }
}

function described(section: MaintainersSection, current: (entry: string) => string): Maintainers['sections'][number] {
  const { title, status, maintainers, reviewers, lists, bugs, trees } = section
  return {
    title,
    ...(status !== undefined && { status }),
    // Who looks after everything is not written to for a single file: get_maintainer.pl leaves him out too.
    maintainers: status === 'Buried alive in reporters' ? [] : maintainers.map(current),
    ...(reviewers.length > 0 && { reviewers: reviewers.map(current) }),
    ...(lists.length > 0 && { lists: lists.map(list => list.split(' (', 1)[0]!.trim()) }),
    ...(bugs.length > 0 && { bugs: [...bugs] }),
    ...(trees.length > 0 && { trees: [...trees] }),
  }
}

/**
 * The file of the function that the title names: what was inlined at the place is often a header's, whose maintainers have
 * nothing to do with it.
 */
function guiltyFile({ title, pc, traces, place }: Report): string | undefined {
  const frames = [...(pc === undefined ? [] : [pc]), ...(traces ?? []).flatMap(trace => trace.frames)]
  const blamed = frames.find(frame => frame.symbol !== undefined && isNamed(title, frame.symbol))
  const own = [blamed?.place, place, pc?.place].find(each => each !== undefined && !('unknown' in each))
  return own !== undefined && !('unknown' in own) && !own.file.startsWith('/') ? own.file : undefined
}
