// A line may mean one thing on one architecture and another elsewhere; which architecture a report is of, only all its
// lines tell. When that is known, they are read again.

import { type AnyLine, type Arch, archByName, identifyArch, reportReader } from '../arch/index.ts'
import type { EventLine, Excerpt } from '../detect/event.ts'
import { archItem, textItem } from '../detect/items/index.ts'

/** The architecture of a report, where it can be told. Its lines' `arch` items are that architecture's afterwards. */
export function settleArch(excerpt: Excerpt): Arch | undefined {
  const name = identifyArch(registersFirst(excerpt.lines))
  const arch = name === undefined ? undefined : archByName(name)
  if (!arch) return undefined
  const read = reportReader(arch)
  for (const line of excerpt.lines) {
    // Frames and titles of traces are the same everywhere; only a reader that remembers has to see them.
    const common = line.item.is === 'frame' || line.item.is === 'trace'
    if (common && !arch.reader) continue
    const found = read(line.record.text, readBefore(line))
    if (common) continue
    if (found) line.item = archItem(found, arch)
    else if (line.item.is === 'arch') line.item = textItem
  }
  return arch
}

/** The lines' texts, those of register dumps in front: they tell most. */
function registersFirst(lines: readonly EventLine[]): string[] {
  const dumps: string[] = []
  const others: string[] = []
  for (const { item, record } of lines) (item.is === 'arch' ? dumps : others).push(record.text)
  return dumps.concat(others)
}

/** What is known of a line from when its architecture was not: it may spare reading it again. */
function readBefore({ item }: Pick<EventLine, 'item'>): AnyLine | 'none' | undefined {
  if (item.is === 'arch') return item.by && { arch: item.by, line: item.arch }
  return item.is === 'text' || item.is === 'phrase' ? 'none' : undefined
}
