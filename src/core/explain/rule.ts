// A finding is what an experienced reader sees in a report: what happened, why one may say so, how sure that is, and what
// to do next.
//
// How to add one: a Rule in the file of its subject, or in a file of its own, and a line in index.ts. It says nothing
// unless its evidence is in the report, and its test names a report of each kind that it is for and one that it is not.

import type { Finding } from '../model.ts'
import type { Evidence } from './evidence.ts'

export interface Rule {
  name: string
  explain(evidence: Evidence): Finding | undefined
}
