// How unlikely it is that one line follows another in the same report.

import { type LineClass, type Shape, start } from './shape.ts'

// What comes next in one report, by kernel/panic.c, arch/x86/kernel/dumpstack.c, mm/kasan/report.c, kernel/locking/lockdep.c…
const natural: Record<LineClass, readonly LineClass[]> = {
  start: ['separator', 'cut', 'header', 'message'],
  separator: ['header', 'message', 'task', 'phrase', 'blank', 'separator', 'lock', 'panic'],
  cut: ['header', 'message'],
  message: [
    'header',
    'message',
    'die',
    'task',
    'trace',
    'phrase',
    'fault',
    'blank',
    'modules',
    'separator',
    'lock',
    'hex',
    'panic',
    'queue',
  ],
  header: [
    'fault',
    'die',
    'panic',
    'modules',
    'task',
    'trace',
    'phrase',
    'message',
    'separator',
    'blank',
    'frame',
    'lock',
    'pc',
    'end',
    'history',
  ],
  fault: ['fault', 'die', 'task', 'modules', 'phrase', 'pc', 'registers', 'code', 'hardware'],
  die: ['modules', 'task', 'phrase', 'pc', 'trace', 'frame', 'registers', 'message', 'hex', 'code'],
  panic: ['task', 'blank', 'end', 'phrase'],
  modules: ['task', 'pc', 'end', 'phrase', 'modules', 'registers', 'panic'],
  task: ['hardware', 'task', 'trace', 'pc', 'queue', 'registers', 'hex', 'phrase'],
  hardware: ['queue', 'trace', 'pc', 'registers', 'hex', 'phrase', 'separator'],
  queue: ['trace', 'pc', 'registers', 'hex', 'phrase'],
  pc: ['code', 'registers', 'pc', 'fault'],
  code: ['registers', 'end', 'phrase'],
  registers: ['registers', 'trace', 'code', 'frame', 'mark', 'phrase', 'end', 'modules', 'pc', 'hex', 'fault', 'panic'],
  trace: ['mark', 'frame', 'bottom'],
  mark: [
    'frame',
    'mark',
    'phrase',
    'blank',
    'history',
    'modules',
    'end',
    'pc',
    'trace',
    'task',
    'hardware',
    'message',
    'separator',
  ],
  frame: [
    'frame',
    'mark',
    'pc',
    'blank',
    'modules',
    'history',
    'phrase',
    'end',
    'lock',
    'code',
    'trace',
    'task',
    'hex',
    'separator',
    'panic',
  ],
  bottom: [
    'mark',
    'pc',
    'blank',
    'modules',
    'history',
    'phrase',
    'end',
    'lock',
    'code',
    'task',
    'separator',
    'trace',
    'panic',
    'die',
  ],
  history: ['frame', 'phrase', 'mark', 'task'],
  phrase: [
    'phrase',
    'blank',
    'task',
    'lock',
    'hex',
    'trace',
    'history',
    'frame',
    'separator',
    'modules',
    'registers',
    'fault',
    'die',
    'code',
    'panic',
    'message',
    'pc',
    'queue',
  ],
  lock: ['lock', 'blank', 'phrase', 'frame', 'history', 'task'],
  hex: ['hex', 'phrase', 'trace', 'separator', 'blank', 'frame', 'code'],
  over: [],
  end: ['over', 'panic', 'pc', 'phrase', 'separator', 'blank'],
  blank: ['phrase', 'task', 'lock', 'history', 'blank', 'header', 'separator', 'trace', 'panic', 'modules', 'message'],
}

const UNNATURAL = 3
const NEUTRAL = 0.8
const WRONG_TASK = 4
const WRONG_FAMILY = 3
const REGISTER_STEP = 1.2
const OTHER_STYLE = 4
/** A frame below the last that a stack has, below the registers of user space, or behind the end of the task's stack. */
const BELOW_BOTTOM = 4
const BELOW_USER = 8
const BELOW_TASK = 5
const FRAME_BEHIND_TEXT = 2
const AFTER_THE_END = 12
/** Rows of a memory dump follow one another by at most this many bytes. */
const LONGEST_ROW = 64

export function stepCost(from: Shape, to: Shape): number {
  if (from.arch !== undefined && to.arch !== undefined && from.arch !== to.arch) return UNNATURAL
  if (from.class === 'registers' && to.class === 'registers') {
    const step = (to.rank ?? 0) - (from.rank ?? 0)
    return step === 1 || (Math.abs(step) <= 4 && from.rank !== undefined && from.rank >= 12) ? 0 : REGISTER_STEP
  }
  if (from.class === 'frame' && to.class === 'frame' && from.style !== to.style) return OTHER_STYLE
  if (to.class === 'frame' || to.class === 'bottom') {
    if (from.user === true) return BELOW_USER
    if (from.closes === 'task') return BELOW_TASK
    if (to.top === true && from.class === 'frame' && from.top !== true) return UNNATURAL
  }
  if (to.closes !== undefined && (from.class === 'trace' || (from.class === 'mark' && from.closes === undefined)))
    return UNNATURAL
  if (from.class === 'code' && to.class === 'registers') return (to.rank ?? 0) <= 1 ? 0 : REGISTER_STEP
  if (from.class === 'over' && to.class !== 'over') return AFTER_THE_END
  if (from.class === 'hex' && to.class === 'hex' && from.rank !== undefined && to.rank !== undefined) {
    const step = to.rank - from.rank
    return step > 0 && step <= LONGEST_ROW ? 0 : UNNATURAL
  }
  if (to.class === 'over') return from.class === 'phrase' || from.class === 'over' ? 0 : NEUTRAL
  if (natural[from.class].includes(to.class === 'bottom' ? 'frame' : to.class)) return 0
  if (from.class === 'bottom' && to.class === 'frame') return to.guess === true ? NEUTRAL : BELOW_BOTTOM
  if (from.class === 'message' && (to.class === 'frame' || to.class === 'bottom')) return FRAME_BEHIND_TEXT
  return to.class === 'message' || to.class === 'blank' || from.class === 'message' ? NEUTRAL : UNNATURAL
}

export const taskCost = (mine: Shape, line: Shape): number =>
  (mine.pid !== undefined && line.pid !== undefined && mine.pid !== line.pid) ||
  (mine.pid === undefined && mine.cpu !== undefined && line.cpu !== undefined && mine.cpu !== line.cpu)
    ? WRONG_TASK
    : line.family !== undefined && mine.family !== line.family
      ? WRONG_FAMILY
      : 0

/** What line i costs in report o apart from the lines beside it: [o][i]. */
export type OwnCosts = readonly [Float64Array, Float64Array]

/** … by the task and the words of the line alone. */
export function ownCosts(shapes: readonly Shape[], headers: readonly [number, number]): OwnCosts {
  const of = (header: number): Float64Array =>
    Float64Array.from(shapes, shape => taskCost(shapes[header] ?? shape, shape))
  return [of(headers[0]), of(headers[1])]
}

/** What the lines of both reports cost, who has them taken as given. */
export function costOf(owners: Uint8Array, shapes: readonly Shape[], own: OwnCosts): number {
  let sum = 0
  const last: [Shape, Shape] = [start, start]
  for (const [i, shape] of shapes.entries()) {
    const owner = owners[i]!
    sum += stepCost(last[owner]!, shape) + own[owner]![i]!
    last[owner] = shape
  }
  return sum
}
