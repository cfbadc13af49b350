// One report, wherever it is shown.

import type { SeverityName } from '../../../core/model.ts'
import { plural } from './words.ts'

export const severity: Record<SeverityName, string> = {
  panic: 'panic',
  oops: 'oops',
  bug: 'bug',
  warning: 'warning',
  stall: 'stall',
  oom: 'out of memory',
  hardware: 'hardware',
  user: 'user space',
  notice: 'notice',
}

export const report = {
  label: 'Report',
  fatal: 'the machine went down',
  copy: 'Copy as Markdown',
  json: 'Save JSON',
  log: (lines: number): string => `Log, ${plural(lines, 'line')}`,
  line: (line: number): string => `line ${line}`,
  showLine: (line: number): string => `Show line ${line} of the log`,
  evidence: 'a finding rests on this line',
  fingerprint: 'fingerprint',
  inlined: 'inlined',
  inLog: (bytes: string): string => `in the log: ${bytes}`,
  unreliable: 'found on the stack, perhaps left over from an earlier call',
  inferred: (why: string): string => `not printed: ${why}`,
  blamed: 'the function that the title names',
  faulted: 'the address that faulted',
  more: (count: number): string => `… ${count} more`,
  unloaded: (name: string): string => `last unloaded: ${name}`,
  tainted: (flags: string): string => `taints the kernel: ${flags}`,
  /** headings and labels that core/render/outline.ts gives; what is not here is shown as it gives it */
  parts: {} as Record<string, string>,
  labels: {} as Record<string, string>,
  columns: {} as Record<string, string>,
  because: (how: string, why: string): string => `${how}: ${why}`,
  partAt: (name: string): string => `at ${name}`,
  outlined: {
    count: 'The issue has many reports; of this one an outline is kept, its log and files are gone since',
    age: 'It is old: an outline is kept, its log and files are gone since',
    size: 'The store was full: an outline is kept, its log and files are gone since',
    ignored: 'The issue is ignored: an outline is kept, its log and files are gone since',
  } as Record<string, string>,
}
