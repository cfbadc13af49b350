// An assembler for the few WebAssembly instructions that Faultline writes itself, so that SIMD needs no tool chain
// and no binary in the repository. WebAssembly Core Specification 2.0, "Binary Format"; relaxed SIMD: 3.0.

/** Instructions, or pieces of them; flattened when the module is made. */
export type Code = number | readonly Code[]

/** Unsigned LEB128, 32 bits. */
export function u32(value: number): number[] {
  const bytes: number[] = []
  let rest = value >>> 0
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

/** Signed LEB128, 32 bits. */
export function s32(value: number): number[] {
  const bytes: number[] = []
  let rest = value | 0
  for (; rest < -0x40 || rest > 0x3f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest & 0x7f]
}

export const valueType = { i32: 0x7f, v128: 0x7b } as const

/** A memory operand that promises no alignment. */
const address = (offset: number): Code => [0, u32(offset)]
const simd = (opcode: number): Code => [0xfd, u32(opcode)]
const emptyBlock = 0x40

export const local = {
  get: (index: number): Code => [0x20, u32(index)],
  set: (index: number): Code => [0x21, u32(index)],
  tee: (index: number): Code => [0x22, u32(index)],
}

/** Structured control; a branch names how many blocks outward it goes, 0 = the innermost. */
export const control = {
  block: (...body: Code[]): Code => [0x02, emptyBlock, body, 0x0b],
  loop: (...body: Code[]): Code => [0x03, emptyBlock, body, 0x0b],
  when: (...body: Code[]): Code => [0x04, emptyBlock, body, 0x0b],
  branch: (depth: number): Code => [0x0c, u32(depth)],
  branchIf: (depth: number): Code => [0x0d, u32(depth)],
}

export const i32 = {
  const: (value: number): Code => [0x41, s32(value)],
  load: (offset = 0): Code => [0x28, address(offset)],
  load8u: (offset = 0): Code => [0x2d, address(offset)],
  eqz: 0x45,
  eq: 0x46,
  ne: 0x47,
  ltU: 0x49,
  gtU: 0x4b,
  leU: 0x4d,
  geU: 0x4f,
  ctz: 0x68,
  popcnt: 0x69,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  shrU: 0x76,
  select: 0x1b,
} as const

export const v128 = {
  load: (offset = 0): Code => [simd(0x00), address(offset)],
  const: (bytes: ArrayLike<number>): Code => [simd(0x0c), Array.from({ length: 16 }, (_, i) => bytes[i] ?? 0)],
  /** lanes of the two operands in a row, 16 of them from `first` on: what x86 calls palignr and ARM ext */
  window: (first: number): Code => [simd(0x0d), Array.from({ length: 16 }, (_, i) => first + i)],
  swizzle: simd(0x0e),
  /** the same for indices below 16, and one instruction on every machine */
  relaxedSwizzle: simd(0x100),
  splat8: simd(0x0f),
  eq8: simd(0x23),
  and: simd(0x4e),
  or: simd(0x50),
  bitmask8: simd(0x64),
  shiftRight16: simd(0x8d),
} as const

export interface WasmFunction {
  name: string
  /** all parameters and the one result are i32 */
  parameters: number
  /** behind the parameters: first these i32, then these v128 */
  i32Locals: number
  v128Locals: number
  body: Code
}

/** A module that imports `env.memory` and exports its functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array {
  const types = functions.map(f => [0x60, vector(Array(f.parameters).fill(valueType.i32)), vector([valueType.i32])])
  const memory = [name('env'), name('memory'), 0x02, 0x00, u32(1)]
  const module: Code = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, types),
    section(2, [memory]),
    section(
      3,
      functions.map((_, index) => u32(index)),
    ),
    section(
      7,
      functions.map((f, index) => [name(f.name), 0x00, u32(index)]),
    ),
    section(10, functions.map(functionBody)),
  ]
  return Uint8Array.from(flatten(module))
}

function functionBody(f: WasmFunction): Code {
  const locals = vector([
    [u32(f.i32Locals), valueType.i32],
    [u32(f.v128Locals), valueType.v128],
  ])
  return sized([locals, f.body, 0x0b])
}

const section = (id: number, entries: readonly Code[]): Code => [id, sized(vector(entries))]
const vector = (entries: readonly Code[]): Code => [u32(entries.length), entries]
const name = (text: string): Code => vector(Array.from(text, letter => letter.charCodeAt(0)))

function sized(code: Code): Code {
  const bytes = flatten(code)
  return [u32(bytes.length), bytes]
}

function flatten(code: Code): number[] {
  const bytes: number[] = []
  const visit = (piece: Code): void => {
    if (typeof piece === 'number') bytes.push(piece)
    else piece.forEach(visit)
  }
  visit(code)
  return bytes
}
