// Frees one line from its layers.

import type { Draft } from './draft.ts'
import { layersFor } from './layers/index.ts'
import { depths, type StreamMemory } from './layers/layer.ts'

/** Deeper nesting than this is text. */
const MAX_LAYERS = 12

export class Peeler {
  readonly memory: StreamMemory = {
    hosts: new Set(),
    sequence: undefined,
    release: undefined,
    kernelTag: false,
    origin: undefined,
    outermost: '',
  }
  /** names of the layers of the last line, outermost first, joined by '+' */
  transport = ''
  /** depth of the innermost layer of the last line, -1 for none */
  depth = -1
  #level = false

  /** Whether the last line had more around it than what quoting puts there. */
  get prefixed(): boolean {
    return this.#level || this.depth > depths.quote
  }

  /** Position after all layers inside `depth`; what they say is in the draft. */
  peel(text: string, draft: Draft, depth = -1, transport = ''): number {
    let at = 0
    this.depth = depth
    this.transport = transport
    this.#level = false
    for (let count = 0; count < MAX_LAYERS; count++) {
      const next = this.#peelOne(text, at, draft)
      if (next < 0) break
      at = next
    }
    return at
  }

  #peelOne(text: string, at: number, draft: Draft): number {
    const fitting = layersFor(text.charCodeAt(at), this.depth)
    for (let i = 0; i < fitting.length; i++) {
      const layer = fitting[i]!
      const next = layer.peel(text, at, draft, this.memory)
      if (next < 0) continue
      if (this.transport === '') this.memory.outermost = layer.name
      this.transport = joinNames(this.transport, layer.name)
      if (layer.anywhere === undefined) this.depth = layer.depth
      else this.#level = true
      return next
    }
    if (at === 0) this.memory.outermost = ''
    return -1
  }
}

const joinedNames = new Map<string, Map<string, string>>()

/** `outer+inner`, without making the same text for every line of a log. */
function joinNames(outer: string, inner: string): string {
  if (outer === '') return inner
  let byInner = joinedNames.get(outer)
  if (byInner === undefined) joinedNames.set(outer, (byInner = new Map()))
  let name = byInner.get(inner)
  if (name === undefined) byInner.set(inner, (name = `${outer}+${inner}`))
  return name
}
