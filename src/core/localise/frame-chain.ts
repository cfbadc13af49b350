// Walking a raw stack by the chain of frames that an ABI keeps in it: each frame says where the next one is, and where its
// function returns to.
//
// How to add an architecture: a row in `chains` under the document that fixes the layout.

import type { ArchName } from '../model.ts'

/** A word of the stack; undefined outside of what was printed. */
export type ReadWord = (address: bigint) => bigint | undefined

export interface ChainFrame {
  /** where the saved frame pointer or back chain stands */
  at: bigint
  /** where the return address stands */
  returnAt: bigint
  /** where the function returns to; undefined when that word was not printed */
  returnTo: bigint | undefined
}

interface Chain {
  /** register that starts the chain */
  register: readonly string[]
  /** of a frame at this value: place of the link to the next frame, and of the return address */
  link(frame: bigint): bigint
  returnAddress(frame: bigint, next: bigint): bigint
}

/** System V ABI, x86-64 §3.2.2: push %rbp; mov %rsp, %rbp */
const x86 = (register: readonly string[], word: bigint): Chain => ({
  register,
  link: frame => frame,
  returnAddress: frame => frame + word,
})

const chains: Partial<Record<ArchName, Chain>> = {
  x86_64: x86(['RBP'], 8n),
  i386: x86(['EBP', 'ebp'], 4n),
  // AAPCS64 §6.4.6: the frame record, x29 and x30
  arm64: x86(['x29'], 8n),
  // APCS, arch/arm/kernel/return_address.c: mov ip, sp; push {fp, ip, lr, pc}; sub fp, ip, #4
  arm: { register: ['fp'], link: frame => frame - 12n, returnAddress: frame => frame - 4n },
  // arch/riscv/kernel/stacktrace.c, struct stackframe below fp
  riscv64: { register: ['s0', 'fp'], link: frame => frame - 16n, returnAddress: frame => frame - 8n },
  loongarch64: { register: ['fp', '$r22'], link: frame => frame - 16n, returnAddress: frame => frame - 8n },
  // System V ABI, PowerPC: back chain at 0(r1), LR save word at 4(r1) of the caller's frame
  powerpc: { register: ['r1', 'GPR1', 'GPR01'], link: frame => frame, returnAddress: (_, next) => next + 4n },
  // 64-bit ELF ABI v1 and v2: LR save doubleword at 16(r1) of the caller's frame
  powerpc64: { register: ['r1', 'GPR1', 'GPR01'], link: frame => frame, returnAddress: (_, next) => next + 16n },
  // s390x ELF ABI: back chain at 0(r15); r14 in the save area of the caller's frame
  s390x: { register: ['r15', 'GPR15'], link: frame => frame, returnAddress: (_, next) => next + 112n },
}

/** A stack is no deeper than this many frames. */
const MAX_FRAMES = 512

/** The furthest that two frames of one stack are apart. */
const MAX_STACK_BYTES = 64n * 1024n

/**
 * Frames from the one in the register outwards, as far as links lead upwards within the stack. The first word that
 * is no link ends it: a chain is only as good as its weakest frame.
 */
export function walkFrameChain(
  arch: ArchName,
  registers: Readonly<Record<string, string>>,
  wordBytes: 4 | 8,
  read: ReadWord,
): ChainFrame[] {
  const chain = chains[arch]
  const name = chain?.register.find(each => registers[each] !== undefined)
  const start = name === undefined ? undefined : registers[name]
  if (chain === undefined || start === undefined || !/^0x[0-9a-f]{1,16}$/.test(start)) return []
  const frames: ChainFrame[] = []
  let frame = BigInt(start)
  while (frames.length < MAX_FRAMES) {
    if (frame % BigInt(wordBytes) !== 0n) break
    const at = chain.link(frame)
    const next = read(at)
    if (next === undefined) break
    const upwards = next > frame && next - frame <= MAX_STACK_BYTES
    // The last frame links to nothing.
    if (!upwards && next !== 0n) break
    const returnAt = chain.returnAddress(frame, next)
    const returnTo = next === 0n && returnAt < frame - 64n ? undefined : read(returnAt)
    frames.push({ at, returnAt, returnTo })
    if (next === 0n) break
    frame = next
  }
  return frames
}
