// What a writer of bundles hands over. What a bundle holds: node/bundles/bundle.ts.

import type { Report } from '../../core/model.ts'
import type { NamedBytes, Origin } from '../../node/bundles/bundle.ts'

export { bundleFiles, type NamedBytes, type Origin } from '../../node/bundles/bundle.ts'

/** What a writer hands to `Spool.write`. */
export interface Draft {
  report: Report
  /** the records of the exception, the bytes as they came */
  excerpt: Uint8Array
  /** records before and after */
  context?: Uint8Array
  /** `writtenAt` is set by the spool */
  origin: Omit<Origin, 'schema' | 'writtenAt'>
  /** more files beside those, such as pstore's own */
  files?: readonly NamedBytes[]
}

/** Later evidence for a bundle that is there: what pstore brought after the reboot, what a collector printed. */
export interface Evidence {
  /** where it comes from, in a word: 'pstore'. Part of its folder's name. */
  label: string
  files: readonly NamedBytes[]
  /** what is now known of the exception; readers take the latest */
  report?: Report
  origin?: Omit<Origin, 'schema' | 'writtenAt'>
}
