// From what a writer hands over to the files of a bundle.

import { safeNames } from '../../node/bundles/names.ts'
import { bundleFiles, type Draft, type Evidence, type NamedBytes, type Origin } from './bundle.ts'

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)

/** The names that a bundle's own files have. */
const fixedNames: readonly string[] = [...Object.values(bundleFiles), 'collect']

/** Files of others beside our own: under names that are safe, and none twice. */
export function named(files: readonly NamedBytes[]): NamedBytes[] {
  const names = safeNames(
    files.map(({ name }) => name),
    fixedNames,
  )
  return files.map(({ bytes }, index) => ({ name: names[index]!, bytes }))
}

/** ISO 8601; a clock that says nonsense is the beginning of 1970. */
export const isoTime = (ms: number): string => new Date(Math.abs(ms) <= 8.64e15 ? ms : 0).toISOString()

const originOf = (origin: Draft['origin'], writtenAt: string): Origin => ({
  schema: 'faultline.origin/1',
  ...origin,
  writtenAt,
})

export function filesOf({ report, excerpt, context, origin, files = [] }: Draft, writtenAt: string): NamedBytes[] {
  return [
    { name: bundleFiles.origin, bytes: json(originOf(origin, writtenAt)) },
    { name: bundleFiles.excerpt, bytes: excerpt },
    { name: bundleFiles.report, bytes: json(report) },
    ...(context === undefined ? [] : [{ name: bundleFiles.context, bytes: context }]),
    ...named(files),
  ]
}

export function evidenceFiles({ files, report, origin }: Evidence, writtenAt: string): NamedBytes[] {
  return [
    ...(report === undefined ? [] : [{ name: bundleFiles.report, bytes: json(report) }]),
    ...(origin === undefined ? [] : [{ name: bundleFiles.origin, bytes: json(originOf(origin, writtenAt)) }]),
    ...named(files),
  ]
}
