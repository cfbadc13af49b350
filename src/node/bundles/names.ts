// Names in the spool. What the kernel printed never becomes a path: a name is made of a date, numbers and a word of our own
// list, and any other text is reduced to letters, digits, "-", "_" and ".".

/** `<utc>-<boot>-<sequence>-<kind>`, such as 20261129T060416Z-1f0c9a3e-000042-null-dereference. */
export interface BundleName {
  name: string
  /** ms since 1970, from the wall clock of then */
  at: number
  /** the first eight digits of the boot's id, or 'unknown' */
  boot: string
  /** Counts the bundles of this spool from 1 and is never used again: the order in which they were written. */
  sequence: number
  kind: string
}

const pattern =
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)T(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)Z-(?<boot>[0-9a-f]{8}|unknown)-(?<sequence>\d{6,15})-(?<kind>[a-z0-9][a-z0-9-]{0,39})$/

/** The last second that four digits of a year can say. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59)

export function bundleName(atMs: number, bootId: string | undefined, sequence: number, kind: string): string {
  const at = Number.isFinite(atMs) ? Math.min(Math.max(atMs, 0), LAST_MS) : 0
  const utc = new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')
  const boot = /^[0-9a-f]{8}/.exec(bootId ?? '')?.[0] ?? 'unknown'
  return `${utc}Z-${boot}-${String(sequence).padStart(6, '0')}-${kindWord(kind)}`
}

/** undefined: this is no bundle's name */
export function parseBundleName(name: string): BundleName | undefined {
  const found = pattern.exec(name)?.groups
  if (found === undefined) return undefined
  const { year, month, day, hour, minute, second, boot = '', sequence = '', kind = '' } = found
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) ? undefined : { name, at, boot, sequence: Number(sequence), kind }
}

/** `evidence-<number>-<label>` */
const evidencePattern = /^evidence-(?<number>\d+)-(?<label>[A-Za-z0-9_.-]+)$/

export const evidenceNumber = (name: string): number => Number(evidencePattern.exec(name)?.groups?.number ?? Number.NaN)

export const isEvidence = (name: string): boolean => evidencePattern.test(name)

/** Sub-folders that belong to a bundle; each has its own sums. */
export const isPart = (name: string): boolean => name === 'collect' || isEvidence(name)

/** `<utc>-<boot>-<content>`: the symbols of a boot. */
export interface SnapshotName {
  name: string
  /** ms since 1970 */
  at: number
  /** the first eight digits of the boot's id */
  boot: string
}

const snapshotPattern = /^(?<date>\d{8}T\d{6})Z-(?<boot>[0-9a-f]{8})-[0-9a-f]{8}$/

export function parseSnapshotName(name: string): SnapshotName | undefined {
  const { date, boot } = snapshotPattern.exec(name)?.groups ?? {}
  if (date === undefined || boot === undefined) return undefined
  const iso = date.replace(/^(....)(..)(..)T(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z')
  const at = Date.parse(iso)
  return Number.isNaN(at) ? undefined : { name, at, boot }
}

/** Snapshots in an archive stand below this name. */
export const symbolsFolder = 'symbols'

const kindWord = (kind: string): string =>
  kind
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40) || 'unknown'

/** Long enough for every name of ours and of pstore, short enough for every file system with what we add. */
const MAX_NAME = 80

/** A file name that says what `text` said and does nothing: no path, no option, no hidden file, no control characters. */
export function safeName(text: string): string {
  const name = text
    .slice(0, 1000)
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[.-]+/, '_')
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 8)}_${shortHash(text)}` : name === '' ? '_' : name
}

/** Names for several texts, all different, none of those in `taken`. */
export function safeNames(texts: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken)
  return texts.map(text => {
    const name = safeName(text)
    let candidate = name
    for (let count = 2; used.has(candidate); count++) candidate = `${name}.${count}`
    used.add(candidate)
    return candidate
  })
}

/** FNV-1a: tells long names apart, protects nothing. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0').slice(1)
}
