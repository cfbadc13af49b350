import { readdirSync, readFileSync } from 'node:fs'
import type { Expected, ExpectedReport } from '../fixtures/expected.ts'
import type { Report } from '../src/core/model.ts'

const root = new URL('../fixtures/kinds/', import.meta.url)

export interface Fixture {
  /** folder below fixtures/kinds, `<kind>/<telling-name>` */
  name: string
  kind: string
  input: Uint8Array
  expected: Expected
}

/** Every fixture of fixtures/kinds, sorted by name. */
export function fixtureFolders(): Fixture[] {
  const folders = (url: URL): string[] => readdirSync(url).sort()
  return folders(root).flatMap(kind =>
    folders(new URL(`${kind}/`, root)).map(name => {
      const folder = new URL(`${kind}/${name}/`, root)
      return {
        name: `${kind}/${name}`,
        kind,
        input: readFileSync(new URL('input.log', folder)),
        expected: JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Expected,
      }
    }),
  )
}

/** Where a report disagrees with what is expected of it: `path: expected …, found …`. Extents are judged by `extent`. */
export function disagreements(expected: ExpectedReport, report: Report): string[] {
  const { frames, lines: _, ...part } = expected
  const found: string[] = []
  compare(part, report, '', found)
  if (frames) {
    const symbols = (report.traces?.[0]?.frames ?? [])
      .filter(frame => frame.reliable !== false)
      .map(frame => frame.symbol ?? '')
    compare(frames, symbols, 'frames', found)
  }
  return found
}

/** How far a report's lines are from the expected ones: lines too many (+) or too few (-) at each end. */
export function extent(expected: ExpectedReport, report: Report): { before: number; after: number } {
  return {
    before: expected.lines.first - report.lines.first,
    after: report.lines.last - expected.lines.last,
  }
}

function compare(part: unknown, whole: unknown, path: string, found: string[]): void {
  if (Array.isArray(part)) {
    if (!Array.isArray(whole)) found.push(`${path}: expected a list, found ${JSON.stringify(whole)}`)
    else part.forEach((item, index) => void compare(item, whole[index], `${path}[${index}]`, found))
  } else if (typeof part === 'object' && part !== null) {
    const fields = typeof whole === 'object' && whole !== null ? (whole as Record<string, unknown>) : {}
    for (const [key, value] of Object.entries(part)) compare(value, fields[key], path ? `${path}.${key}` : key, found)
  } else if (part !== whole) {
    found.push(`${path}: expected ${JSON.stringify(part)}, found ${JSON.stringify(whole)}`)
  }
}
