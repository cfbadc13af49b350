// A block: the source places of one stretch of code. Segments follow one another without gaps; each has a line and a file,
// and a node that says which inlined calls stand around it.
//
//   uleb length in bytes of the code
//   uleb number of the function's name, 0 for none
//   uleb number of nodes, then for each:
//     uleb parent: 0 the function itself, k the k-th node before
//     uleb number of the inlined function's name · uleb file and uleb line of the call
//   then segments up to the length, each:
//     uleb 4 × length + 2 if the node changes + 1 if the file changes
//     [uleb node, 0 the function itself] [uleb file, 0 for none] sleb difference to the line before (the first: to 0)

import type { Cursor } from '../../bytes/cursor.ts'
import { say } from '../../say.ts'
import type { ByteWriter } from './byte-writer.ts'

/** An inlined call, with numbers of the index's tables. */
export interface InlineNode {
  /** index among the function's nodes, -1 for the function itself */
  parent: number
  name: number
  callFile: number
  callLine: number
}

export interface Segment {
  length: number
  file: number
  line: number
  /** index among the function's nodes, -1 for the function itself */
  node: number
}

/** Writes one block of segments; only the nodes that they use go into it. */
export function writeBlock(
  out: ByteWriter,
  name: number,
  nodes: readonly InlineNode[],
  segments: readonly Segment[],
  first: number,
  last: number,
): void {
  const used: number[] = []
  const numbers = new Map<number, number>([[-1, 0]])
  const use = (node: number): void => {
    if (numbers.has(node)) return
    use(nodes[node]!.parent)
    used.push(node)
    numbers.set(node, used.length)
  }
  let length = 0
  for (let index = first; index < last; index++) {
    length += segments[index]!.length
    use(segments[index]!.node)
  }
  out.uleb(length)
  out.uleb(name)
  out.uleb(used.length)
  for (const node of used) {
    const { parent, name: inlined, callFile, callLine } = nodes[node]!
    out.uleb(numbers.get(parent)!)
    out.uleb(inlined)
    out.uleb(callFile)
    out.uleb(callLine)
  }
  let [file, line, node] = [0, 0, -1]
  for (let index = first; index < last; index++) {
    const segment = segments[index]!
    const changes = (segment.node === node ? 0 : 2) + (segment.file === file ? 0 : 1)
    out.uleb(segment.length * 4 + changes)
    if (segment.node !== node) out.uleb(numbers.get(segment.node)!)
    if (segment.file !== file) out.uleb(segment.file)
    out.sleb(segment.line - line)
    ;({ file, line, node } = segment)
  }
}

/** What a block says of one address: numbers of the index's tables. */
export interface BlockPlace {
  function: number
  file: number
  line: number
  /** outermost first */
  calls: { name: number; callFile: number; callLine: number }[]
}

/** Parents of the nodes of the block that is read, and where the rest of each stands: kept, so that none are made. */
const parents: number[] = []
const places: number[] = []

/** Place `offset` bytes into the block's code; undefined when the block ends before. The cursor stands at the block. */
export function readBlock(block: Cursor, offset: number): BlockPlace | undefined {
  if (offset >= block.uleb()) return undefined
  const name = block.uleb()
  const count = block.uleb()
  if (count > block.left) throw block.error(say`${count} inlined calls in ${block.left} bytes`)
  for (let index = 1; index <= count; index++) {
    parents[index] = block.uleb()
    places[index] = block.position
    block.skipLeb().skipLeb().skipLeb()
  }
  let [at, file, line, node] = [0, 0, 0, 0]
  while (at <= offset) {
    const head = block.uleb()
    if ((head & 2) !== 0) node = block.uleb()
    if ((head & 1) !== 0) file = block.uleb()
    line += block.sleb()
    if (head < 4) throw block.error(say`a segment of no bytes`)
    at += Math.floor(head / 4)
  }
  const calls: BlockPlace['calls'] = []
  if (node > count) throw block.error(say`inlined call ${node} of ${count}`)
  for (let each = node; each !== 0; each = parents[each]!) {
    if (parents[each]! >= each) throw block.error(say`an inlined call inside a later one`)
    block.seek(places[each]!)
    calls.push({ name: block.uleb(), callFile: block.uleb(), callLine: block.uleb() })
  }
  return { function: name, file, line, calls: calls.reverse() }
}
