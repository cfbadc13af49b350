// Frames that the kernel was not sure of ("?"): addresses that it found on the stack, some of callers, most left over from
// calls that returned long before.

import type { ArchName, Report } from '../../model.ts'
import { say } from '../../say.ts'
import type { Abi } from './abi.ts'
import type { CodeSpace } from './code-space.ts'
import type { Memory, WalkedFrame } from './frame.ts'
import { isReturnAddress } from './walk.ts'

export interface WeighInput {
  arch: ArchName
  abi: Abi
  space: CodeSpace
  frames: readonly WalkedFrame[]
  memory: Memory
}

/** Says of each unreliable frame what it is, where code or stack allow. */
export async function weighUnreliable(report: Report, { arch, abi, space, frames, memory }: WeighInput): Promise<void> {
  const returns = new Set(frames.slice(1).map(({ pc }) => pc))
  const walked = frames.at(-1)?.top
  for (const { frames: traced } of report.traces ?? []) {
    for (const frame of traced) {
      if (frame.reliable !== false || frame.weight !== undefined) continue
      const address = await space.addressOfFrame(frame)
      if (address === undefined || space.at(abi.strip(address) - 1n) === undefined) continue
      if (!(await isReturnAddress(space, arch, abi, address))) {
        frame.weight = { is: 'no call', because: say`no call stands before it: a pointer to code, or chance` }
      } else if (returns.has(abi.strip(address))) {
        frame.weight = { is: 'caller', because: say`walking the stack leads to it` }
      } else if (walked !== undefined && isBelow(memory, address, walked, abi)) {
        frame.weight = {
          is: 'left over',
          because: say`it stands among the locals of a frame, where an earlier call left it`,
        }
      }
    }
  }
}

/** Whether a word with this value stands on the walked part of the stack. */
function isBelow(memory: Memory, value: bigint, end: bigint, abi: Abi): boolean {
  for (let at = memory.low; at < end && at < memory.high; at += BigInt(abi.wordBytes)) {
    if (memory.read(at) === value) return true
  }
  return false
}
