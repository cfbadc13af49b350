// The stack as rows: a bar for each frame, and the words in it below. Every view draws these.

import type { Report, StackFrame, StackWord } from '../model.ts'
import { say } from '../say.ts'
import { frameWithModule } from './wording.ts'

export type WordKind = NonNullable<StackWord['kind']>

export type StackRow =
  | {
      row: 'frame'
      name: string
      /** "112 bytes, by call frame information" */
      detail: string
      /** the kernel's trace does not have it, or nothing sure led to it */
      unsure: boolean
    }
  | { row: 'word'; address?: string; value: string; meaning?: string; kind?: WordKind }

export interface StackView {
  rows: StackRow[]
  /** something is known of the words: each has a row of its own */
  wide: boolean
}

const methods: Record<StackFrame['by'], string> = {
  registers: say`where it stopped`,
  cfi: say`by call frame information`,
  orc: say`by ORC`,
  'unwind-table': say`by unwinding tables`,
  prologue: say`by its callee’s code`,
  chain: say`by the chain of frames`,
  'link-register': say`by the link register`,
  scan: say`by a search for return addresses`,
  'tail-call': say`by the jumps of the code`,
}

export function stackView({ stack }: Report): StackView | undefined {
  if (stack === undefined || stack.words.length === 0) return undefined
  const { words, frames = [] } = stack
  const rows: StackRow[] = []
  let next = 0
  const beginFrames = (until: number): void => {
    for (; next <= until; next++) {
      const frame = frames[next]
      if (frame !== undefined) rows.push(frameRow(frame))
    }
  }
  for (const { address, value, meaning, kind, frame } of words) {
    if (frame !== undefined && frame >= next) beginFrames(frame)
    rows.push({
      row: 'word',
      value,
      ...(address !== undefined && { address }),
      ...(meaning !== undefined && { meaning }),
      ...(kind !== undefined && { kind }),
    })
  }
  const wide = frames.length > 0 || words.some(word => word.meaning !== undefined || word.address !== undefined)
  return { rows, wide }
}

function frameRow(frame: StackFrame): StackRow {
  const { bottom, top, by, inferred, confidence } = frame
  const bytes = top === undefined ? undefined : Number(BigInt(top) - BigInt(bottom))
  const size = bytes === undefined ? say`end not known` : bytes === 1 ? say`1 byte` : say`${bytes} bytes`
  const found = `${size}, ${methods[by]}`
  const sure = { certain: found, likely: say`${found} (likely)`, possible: say`${found} (possible)` }
  return {
    row: 'frame',
    name: frame.symbol === undefined && frame.address === undefined ? say`(unknown)` : frameWithModule(frame),
    detail: inferred ?? sure[confidence],
    unsure: inferred !== undefined || confidence === 'possible',
  }
}
