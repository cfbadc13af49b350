// What each line of a report is. One pass, once for each line; every later stage reads items.

import { type Arch, type ArchLine, readLine } from '../../arch/index.ts'
import type { Frame } from '../../model.ts'
import { readFrames } from './frame.ts'
import { type PhraseFamily, phraseFamilies } from './phrases.ts'
import { readTask, type TaskLine } from './task.ts'
import { type ContextMark, readContextMark, readTraceTitle, type TraceTitle } from './trace-title.ts'

export type { ContextMark, TaskLine, TraceTitle }

export type Item =
  | { is: 'frame'; frames: Frame[] }
  | { is: 'trace'; title: TraceTitle; frames?: Frame[] }
  | { is: 'mark'; mark: ContextMark; frames?: Frame[] }
  /** `by` is the architecture that took it, where one did */
  | { is: 'arch'; arch: ArchLine; by?: Arch }
  | { is: 'task'; task: TaskLine }
  /** ------------[ cut here ]------------ and "8<--- cut here ---" */
  | { is: 'cut' }
  /** ---[ end trace 0000000000000000 ]--- ; `panic` for "---[ end Kernel panic" */
  | { is: 'end'; panic?: true }
  | { is: 'phrase'; families: readonly PhraseFamily[] }
  | { is: 'text' }

const cut = /^-{4,}\[ cut here \]|^8<-+ ?cut here/
const end = /^-{2,}\[ end (?<what>trace|Kernel panic)/

const text: Item = { is: 'text' }
const cutItem: Item = { is: 'cut' }

/** The line above a report that says where to begin to copy. */
export function isCut(line: string): boolean {
  const code = line.charCodeAt(0)
  return (code === 0x2d || code === 0x38) && cut.test(line)
}

/** Reads one line (blanks at the start kept: they tell frames). Never throws; linear in the line's length. */
export function readItem(line: string): Item {
  const first = firstVisible(line)
  if (first < 0) return text
  const code = line.charCodeAt(first)
  if (code === 0x2d || code === 0x38) {
    // '-' or '8'
    const bare = first === 0 ? line : line.slice(first)
    if (cut.test(bare)) return cutItem
    const ended = end.exec(bare)
    if (ended) return ended.groups!['what'] === 'trace' ? { is: 'end' } : { is: 'end', panic: true }
  }
  const title = readTraceTitle(line)
  if (title) {
    const after = line.indexOf(':')
    const frames = after > 0 && after < line.length - 8 ? readFrames(` ${line.slice(after + 1)}`) : undefined
    return frames ? { is: 'trace', title, frames } : { is: 'trace', title }
  }
  if (code === 0x3c || code === 0x2d || code === 0x45) {
    // '<', '-', 'E'xception stack
    const mark = readContextMark(line)
    if (mark) {
      const frames = mark.rest === undefined ? undefined : readFrames(mark.rest)
      return frames ? { is: 'mark', mark, frames } : { is: 'mark', mark }
    }
  }
  const frames = readFrames(line)
  if (frames) return { is: 'frame', frames }
  const task = readTask(line)
  if (task) return { is: 'task', task }
  const arch = readLine(line)
  if (arch) return arch.arch ? { is: 'arch', arch: arch.line, by: arch.arch } : { is: 'arch', arch: arch.line }
  const families = phraseFamilies(first === 0 ? line : line.slice(first))
  return families ? { is: 'phrase', families } : text
}

function firstVisible(line: string): number {
  for (let at = 0; at < line.length; at++) if (line.charCodeAt(at) > 0x20) return at
  return -1
}

/** Frames, registers, traces: what only a report has. */
export const isStructural = (item: Item): boolean => item.is !== 'text' && item.is !== 'phrase'
