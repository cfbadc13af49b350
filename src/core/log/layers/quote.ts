// How a log looks when people pass it on: quoted in mail.

import { depths, type Layer } from './layer.ts'

// ksymoops marks the program counter and the registers: ">>EIP; c0145f62 <prune_dcache+22/150>   <====="
const ksymoops = />>[A-Za-z]{2,3}\d{0,2}; [0-9a-f]{8}/y

/**
 * `> text`, `>> text`, `> > text`. A `>` directly before hexadecimal digits is KASAN's mark of the bad row
 * (mm/kasan/report.c, print_memory_metadata()), so a quote without a space must have something else after it.
 */
export const mail: Layer = {
  name: 'mail',
  depth: depths.quote,
  begins: '>',
  repeats: true,
  peel(text, at, _draft, memory) {
    const next = text.charCodeAt(at + 1)
    if (next === 0x20) return at + 2
    if (next === 0x3e) {
      ksymoops.lastIndex = at
      return ksymoops.test(text) ? -1 : at + 1
    }
    if (Number.isNaN(next)) return at + 1
    if (next === 0x5b || next === 0x3c) return at + 1
    // `>text` only in a stream that is quoted already, and never before what may be an address
    return memory.outermost === 'mail' && at === 0 && !isHexDigit(next) ? at + 1 : -1
  },
}

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102)
}
