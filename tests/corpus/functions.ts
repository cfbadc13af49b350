// The function names of a report, as a judge compares them.

import type { Frame, Report } from '../../src/core/model.ts'

const compilerSuffix = /\.(?:isra|constprop|part|cold|llvm|lto_priv|localalias)(?:\.\d+)*$/

/** `foo.isra.0.cold` → `foo`: what the compiler made of a function is not its name. */
export function withoutCompilerSuffix(symbol: string): string {
  let name = symbol
  for (;;) {
    const shorter = name.replace(compilerSuffix, '')
    if (shorter === name) return name
    name = shorter
  }
}

/** Symbols of the trace that matters, as printed, outermost caller last. */
export function frameSymbols(report: Report | undefined): string[] {
  return symbolsOf(report?.traces?.[0]?.frames ?? [])
}

export function symbolsOf(frames: readonly Frame[]): string[] {
  return frames.flatMap(frame => (frame.symbol === undefined ? [] : [frame.symbol]))
}

/** True when the title speaks of this function as a whole word. */
export function titleNames(title: string, name: string): boolean {
  return title.split(/[^\w.$]+/).some(word => withoutCompilerSuffix(word) === name)
}
