// Rust's two ways to write a path as a linker symbol. Kernel logs show both: CONFIG_RUST kernels are built with v0
// (`_RNv…`), out-of-tree modules and user programs may still come with the older one (`_ZN…17h<hash>E`).

import { demangleV0 } from './rust-v0.ts'

/** kallsyms cuts at 512 (KSYM_NAME_LEN, include/linux/kallsyms.h); what is longer did not come from a kernel. */
const maxSymbolLength = 4096

/** ThinLTO tells promoted symbols of several units apart: `.llvm.7938474661723467823`. */
const llvmSuffix = /\.llvm\.[0-9A-Fa-f@]+/

/**
 * The path that a Rust symbol stands for, without hashes, crate disambiguators and LLVM's suffix:
 * `_RNvCscSpY9Juk0HT_7___rustc17rust_begin_unwind` → `__rustc::rust_begin_unwind`.
 * `undefined` when it is no Rust symbol or a damaged one; never throws.
 * A compiler suffix (`.cold`, `.isra.0`) stays at the end.
 */
export function demangleRust(symbol: string): string | undefined {
  if (symbol.length > maxSymbolLength) return undefined
  const v0 = symbol.startsWith('_R')
  if (!v0 && !symbol.startsWith('_ZN')) return undefined
  const suffixAt = v0 ? symbol.indexOf('.') : legacySuffix(symbol)
  const name = suffixAt < 0 ? symbol : symbol.slice(0, suffixAt)
  const suffix = suffixAt < 0 ? '' : symbol.slice(suffixAt)
  const path = v0 ? demangleV0(name) : demangleLegacy(name)
  if (path === undefined) return undefined
  return path + suffix.replace(llvmSuffix, '')
}

/** Where the compiler's suffix begins: dots also stand inside the identifiers of a legacy symbol, which ends in E. */
function legacySuffix(symbol: string): number {
  const end = symbol.lastIndexOf('E.')
  return end < 0 ? -1 : end + 1
}

// rust/compiler/rustc_symbol_mangling/src/legacy.rs, sanitize(): _ZN4core3fmt5Write9write_fmt17h0123456789abcdefE
function demangleLegacy(symbol: string): string | undefined {
  const parts: string[] = []
  let at = '_ZN'.length
  while (isDigit(symbol.charCodeAt(at))) {
    let length = 0
    // Bounded: the symbol's length is, and a length past its end fails below.
    for (; isDigit(symbol.charCodeAt(at)); at++) length = length * 10 + symbol.charCodeAt(at) - 48
    const part = symbol.slice(at, at + length)
    if (length === 0 || part.length !== length) return undefined
    parts.push(part)
    at += length
  }
  if (symbol.slice(at) !== 'E') return undefined
  const hash = parts.pop()
  // Without the hash it is C++.
  if (hash === undefined || parts.length === 0 || !/^h[0-9a-f]{16}$/.test(hash)) return undefined
  const unescaped = parts.map(unescapeLegacy)
  return unescaped.includes(undefined) ? undefined : unescaped.join('::')
}

const legacyEscapes: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
}

function unescapeLegacy(part: string): string | undefined {
  // An identifier may not begin with an escape, so the compiler put an underscore there.
  let rest = part.startsWith('_$') ? part.slice(1) : part
  let text = ''
  while (rest !== '') {
    if (rest.startsWith('..')) {
      text += '::'
      rest = rest.slice(2)
    } else if (rest.startsWith('$')) {
      const end = rest.indexOf('$', 1)
      const escaped = end < 0 ? undefined : legacyEscape(rest.slice(1, end))
      if (escaped === undefined) return undefined
      text += escaped
      rest = rest.slice(end + 1)
    } else {
      const next = /[$.]/.exec(rest.slice(1))
      const length = next === null ? rest.length : next.index + 1
      text += rest.slice(0, length)
      rest = rest.slice(length)
    }
  }
  return text
}

function legacyEscape(name: string): string | undefined {
  if (Object.hasOwn(legacyEscapes, name)) return legacyEscapes[name]
  if (!/^u[0-9a-f]{1,6}$/.test(name)) return undefined
  const point = Number.parseInt(name.slice(1), 16)
  const control = point < 0x20 || (point >= 0x7f && point < 0xa0)
  if (control || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
  return String.fromCodePoint(point)
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
