// What a bundle holds: the files of one folder of the spool (docs/bundles.md).

/** `origin.json`: where a bundle's records came from. Times are ISO 8601 UTC. */
export interface Origin {
  schema: 'faultline.origin/1'
  /** name of the capture source: 'kmsg', 'pstore', 'netconsole'… */
  source: string
  host: string
  /** kernel.random.boot_id of the boot in which it happened, where known */
  bootId?: string
  /** sequence numbers of the first and last record of the excerpt, where the source has them */
  sequence?: { first: number; last: number }
  /** records known to be lost within or just before the excerpt */
  lost: number
  /** when the agent took the first line of it, and when the bundle was closed */
  capturedAt: string
  writtenAt: string
  /** how the end was found: the report's own end, length, silence, or the end of the input */
  endedBy: 'end' | 'length' | 'silence' | 'input'
  agent: { version: string }
}

export const bundleFiles = {
  report: 'report.json',
  excerpt: 'excerpt.log',
  context: 'context.log',
  origin: 'origin.json',
  sums: 'sha256sums',
  collectIndex: 'collect/index.json',
} as const
