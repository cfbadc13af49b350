// The kernel's own count of what went wrong in this boot, beside ours: what it counted and we did not see was overwritten
// in the ring before we came, or printed where we do not read. Documentation/ABI/testing/sysfs-kernel-oops_count,
// sysfs-kernel-warn_count (6.2, and stable kernels from February 2023 on).

import { readFileSync } from 'node:fs'
import type { Report } from '../../core/model.ts'

export interface KernelCounts {
  /** by the kernel; absent where it does not count */
  oopses?: number
  warnings?: number
  /** seen by us since we started, of this machine's kernel */
  seenOopses: number
  seenWarnings: number
  /** counted by the kernel since we started, and not seen */
  missedOopses?: number
  missedWarnings?: number
}

export class KernelCounter {
  private readonly folder: string
  private readonly start: { oopses: number | undefined; warnings: number | undefined }
  private seenOopses = 0
  private seenWarnings = 0
  /** of those seen, printed before we started */
  private earlierOopses = 0
  private earlierWarnings = 0

  constructor(folder = '/sys/kernel') {
    this.folder = folder
    this.start = { oopses: this.read('oops_count'), warnings: this.read('warn_count') }
  }

  /** `earlier`: it was in the ring when we started. */
  saw(report: Report, earlier: boolean): void {
    const died = (report.kernel?.oopsCount !== undefined ? 1 : 0) + (report.stages ?? []).filter(isOops).length
    const oops = Math.min(1, died)
    const warning = report.kind === 'warning' || /^WARNING: /m.test(report.text) ? 1 : 0
    this.seenOopses += oops
    this.seenWarnings += warning
    if (!earlier) return
    this.earlierOopses += oops
    this.earlierWarnings += warning
  }

  counts(): KernelCounts {
    const [oopses, warnings] = [this.read('oops_count'), this.read('warn_count')]
    const counts: KernelCounts = { seenOopses: this.seenOopses, seenWarnings: this.seenWarnings }
    if (oopses !== undefined) {
      counts.oopses = oopses
      counts.missedOopses = Math.max(0, oopses - (this.start.oopses ?? 0) - (this.seenOopses - this.earlierOopses))
    }
    if (warnings !== undefined) {
      counts.warnings = warnings
      counts.missedWarnings = Math.max(
        0,
        warnings - (this.start.warnings ?? 0) - (this.seenWarnings - this.earlierWarnings),
      )
    }
    return counts
  }

  private read(name: string): number | undefined {
    try {
      const count = Number(readFileSync(`${this.folder}/${name}`, 'utf8'))
      return Number.isSafeInteger(count) ? count : undefined
    } catch {
      return undefined
    }
  }
}

const isOops = ({ title }: { title: string }): boolean => /\[#\d+\]/.test(title)
