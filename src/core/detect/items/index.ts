// What each line of a report is. One pass, once for each line; every later stage reads items.

import { type Arch, type ArchLine, readLine } from '../../arch/index.ts'
import type { Frame } from '../../model.ts'
import { readFrames, readNamedFrames, readOtherFrames } from './frame.ts'
import { type PhraseFamily, phraseFamilies } from './phrases.ts'
import { readTask, type TaskLine } from './task.ts'
import { type ContextMark, readContextMark, readTraceTitle, type TraceTitle } from './trace-title.ts'

export type { ContextMark, TaskLine, TraceTitle }

export type Item =
  | { is: 'frame'; frames: Frame[] }
  | { is: 'trace'; title: TraceTitle; frames?: Frame[] | undefined }
  | { is: 'mark'; mark: ContextMark; frames?: Frame[] | undefined }
  /** `by` is the architecture that took it, where one did */
  | { is: 'arch'; arch: ArchLine; by?: Arch | undefined }
  | { is: 'task'; task: TaskLine }
  /** ------------[ cut here ]------------ and "8<--- cut here ---" */
  | { is: 'cut' }
  /** ---[ end trace 0000000000000000 ]--- ; `panic` for "---[ end Kernel panic" */
  | { is: 'end'; panic?: true | undefined }
  | { is: 'phrase'; families: readonly PhraseFamily[] }
  | { is: 'text' }

const cut = /^-{4,}\[ cut here \]|^8<-+ ?cut here/
const end = /^-{2,}\[ end (?<what>trace|Kernel panic)/

interface Fields {
  frames?: Frame[] | undefined
  title?: TraceTitle
  mark?: ContextMark
  arch?: ArchLine
  by?: Arch | undefined
  task?: TaskLine
  families?: readonly PhraseFamily[]
  panic?: true | undefined
}

/** Whatever a line is, its item has the same fields: the engine finds `is` in the same place. */
const make = (is: Item['is'], { frames, title, mark, arch, by, task, families, panic }: Fields = {}): Item =>
  ({ is, frames, title, mark, arch, by, task, families, panic }) as Item

/** A line that says nothing to a reader. */
export const textItem = make('text')
const cutItem = make('cut')

/** A line of a register dump; `by` as in Item. */
export const archItem = (arch: ArchLine, by: Arch | undefined): Item => make('arch', { arch, by })

/** The line above a report that says where to begin to copy. */
export function isCut(line: string): boolean {
  const code = line.charCodeAt(0)
  return (code === 0x2d || code === 0x38) && cut.test(line)
}

/**
 * Reads one line (blanks at the start kept: they tell frames). Never throws; linear in the line's length. `likely`: the
 * architecture whose lines stand above it, where one did.
 */
export function readItem(line: string, likely?: Arch): Item {
  const at = firstVisible(line)
  if (at < 0) return textItem
  // What most lines of a report are comes first. Which other readers a line is worth, its first letter tells.
  const named = line.includes('+0x')
  const frame = named ? readNamedFrames(line) : undefined
  if (frame) return make('frame', { frames: frame })
  const first = line[at]!
  const bare = at === 0 ? line : line.slice(at)
  if (first === '-' || first === '8') {
    if (cut.test(bare)) return cutItem
    const ended = end.exec(bare)
    if (ended) return make('end', { panic: ended.groups!['what'] === 'trace' ? undefined : true })
  }
  const title = readTraceTitle(line, first)
  if (title) {
    const after = line.indexOf(':')
    const frames = after > 0 && after < line.length - 8 ? readFrames(` ${line.slice(after + 1)}`) : undefined
    return make('trace', { title, frames })
  }
  if (first === '<' || first === '-' || first === 'E') {
    const mark = readContextMark(line)
    if (mark) {
      const frames = mark.rest === undefined ? undefined : readFrames(mark.rest)
      return make('mark', { mark, frames })
    }
  }
  const frames = named ? undefined : readOtherFrames(line, first)
  if (frames) return make('frame', { frames })
  const task = readTask(line, first)
  if (task) return make('task', { task })
  const arch = readLine(line, likely)
  if (arch) return archItem(arch.line, arch.arch)
  const families = phraseFamilies(bare)
  return families ? make('phrase', { families }) : textItem
}

const blank = /\s/

function firstVisible(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code > 0x20 && (code < 0x80 || !blank.test(line[at]!))) return at
  }
  return -1
}

/** Frames, registers, traces: what only a report has. */
export const isStructural = (item: Item): boolean => item.is !== 'text' && item.is !== 'phrase'
