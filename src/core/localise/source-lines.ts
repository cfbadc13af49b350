// The source around the place of a report, where the user has the tree.

import type { Report } from '../model.ts'

/** The text of a source file by its path from the top of the tree; undefined when it is not there. */
export type ReadSource = (path: string) => Promise<string | undefined>

/** Lines shown before and behind. */
const AROUND = 5

/** Longer lines are cut: generated code has no ends. */
const MAX_LINE = 400

export async function addSourceLines(report: Report, read: ReadSource): Promise<void> {
  const { place } = report
  if (place === undefined || 'unknown' in place || place.line === 0) return
  const text = await read(place.file)
  if (text === undefined) return
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  if (place.line > all.length) return
  const first = Math.max(1, place.line - AROUND)
  const lines = all.slice(first - 1, place.line + AROUND).map(line => line.slice(0, MAX_LINE))
  report.sourceLines = { file: place.file, line: place.line, first, lines }
}
