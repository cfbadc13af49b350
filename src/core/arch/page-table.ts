// The entries that lead to a fault address, as ARM's show_pte() and those made after it print them.

import type { LineForm } from './forms.ts'
import { endOfHex, hex } from './printed.ts'

/**
 * `[0000000000000000] pgd=08000000480f6003, p4d=…, pud=…, pmd=…` and, with a star, `[00000009] *pgd=00000000, *pte=…`.
 * `entryDigits`: how many digits the first entry has; it tells 32-bit from 64-bit kernels where the address does not.
 */
export function pageTableForm(addressDigits: readonly number[], entryDigits: readonly number[]): LineForm {
  return {
    starts: '[',
    read(line, at) {
      const end = endOfHex(line, at)
      if (!addressDigits.includes(end - at)) return undefined
      const first = /^\] \*?pgd=([0-9a-f]{8,16})(?![0-9a-f])/.exec(line.slice(end, end + 32))
      if (!first || !entryDigits.includes(first[1]!.length)) return undefined
      const pageTable: Record<string, string> = {}
      const entry = /(\*?p[a-z0-9]{2,3})=([0-9a-f]{8,16})/g
      entry.lastIndex = end
      for (let match = entry.exec(line); match; match = entry.exec(line)) pageTable[match[1]!] = hex(match[2]!)
      return { pageTable, fault: { address: hex(line.slice(at, end)) } }
    },
  }
}

/** `pgd = e8a60000` on a line of its own. */
export function pgdForm(digits: number): LineForm {
  return {
    starts: 'pgd = ',
    read(line, at) {
      const end = endOfHex(line, at)
      return end - at === digits ? { pageTable: { pgd: hex(line.slice(at, end)) } } : undefined
    },
  }
}
