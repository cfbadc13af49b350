// Two CPUs report at once and the kernel does not say who prints: their lines stand in turn. Every line of the tangle is
// given to one of the two reports so that each reads in the order in which the kernel prints a report, at the least cost.
// A report that simply stops before the next one begins is the special case in which nobody takes turns.

import type { EventLine } from './event.ts'

/** Longer tangles are not weighed; what follows goes to the later report. */
export const MAX_TANGLE_LINES = 700

/** Lines that a report has before its header, at the most: "cut here", the warning's message, a separator. */
const MAX_LEAD_IN = 12

type LineClass =
  | 'start'
  | 'separator'
  | 'cut'
  | 'message'
  | 'header'
  | 'fault'
  | 'die'
  | 'panic'
  | 'modules'
  | 'task'
  | 'hardware'
  | 'queue'
  | 'pc'
  | 'code'
  | 'registers'
  | 'trace'
  | 'mark'
  | 'frame'
  | 'bottom'
  | 'history'
  | 'phrase'
  | 'lock'
  | 'hex'
  | 'end'
  | 'over'
  | 'blank'

// What comes next in one report, by kernel/panic.c, arch/x86/kernel/dumpstack.c, mm/kasan/report.c, kernel/locking/lockdep.c…
const natural: Record<LineClass, readonly LineClass[]> = {
  start: ['separator', 'cut', 'header', 'message'],
  separator: ['header', 'message', 'task', 'phrase', 'blank', 'separator', 'lock'],
  cut: ['header', 'message'],
  message: ['header', 'message', 'die', 'task', 'trace', 'phrase', 'fault', 'blank', 'modules', 'separator'],
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
  ],
  fault: ['fault', 'die', 'task', 'modules', 'phrase', 'pc'],
  die: ['modules', 'task', 'phrase', 'pc'],
  panic: ['task', 'blank', 'end', 'phrase'],
  modules: ['task', 'pc', 'end', 'phrase', 'modules', 'registers'],
  task: ['hardware', 'task', 'trace', 'pc', 'queue', 'registers', 'hex'],
  hardware: ['queue', 'trace', 'pc', 'registers', 'hex', 'phrase'],
  queue: ['trace', 'pc', 'registers', 'hex'],
  pc: ['code', 'registers', 'pc'],
  code: ['registers', 'end', 'phrase'],
  registers: ['registers', 'trace', 'code', 'frame', 'mark', 'phrase', 'end', 'modules', 'pc', 'hex'],
  trace: ['mark', 'frame'],
  mark: ['frame', 'mark', 'phrase', 'blank', 'history', 'modules', 'end', 'pc', 'trace', 'task', 'hardware', 'message'],
  frame: [
    'frame',
    'bottom',
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
    'registers',
  ],
  history: ['frame', 'bottom', 'phrase', 'mark'],
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
  ],
  lock: ['lock', 'blank', 'phrase', 'frame', 'history', 'task'],
  hex: ['hex', 'phrase', 'trace', 'separator', 'blank', 'frame', 'code'],
  over: [],
  end: ['over', 'panic', 'pc', 'phrase', 'separator', 'blank'],
  blank: ['phrase', 'task', 'lock', 'history', 'blank', 'header', 'separator', 'trace', 'panic', 'modules'],
}

const UNNATURAL = 3
const NEUTRAL = 0.8
const WRONG_TASK = 4
const REGISTER_STEP = 1.2

interface Shape {
  class: LineClass
  /** order of a register line among its dump's lines */
  rank?: number
  /** printing style of a frame, and the task of a task line */
  style?: string
  cpu?: number
  pid?: number
}

/** Order of x86's register lines; other architectures' lines are ordered by the first register's number. */
const registerOrder = ['RSP', 'RAX', 'RDX', 'RBP', 'R10', 'R13', 'FS', 'CS', 'CR2', 'DR0', 'DR3', 'PKRU']

function shapeOf(line: EventLine, header: boolean, stage: 'die' | 'panic' | undefined): Shape {
  const { item } = line
  const text = line.record.text
  if (header) return withTask({ class: 'header' }, text)
  if (stage) return { class: stage }
  switch (item.is) {
    case 'cut':
    case 'mark':
      return { class: item.is }
    case 'end':
      return { class: item.panic === true ? 'over' : 'end' }
    case 'trace':
      return { class: item.title.role === 'call' ? 'trace' : 'history' }
    case 'frame':
      if (item.frames.some(frame => frame.symbol !== undefined && bottom.test(frame.symbol))) return { class: 'bottom' }
      return { class: 'frame', style: /\[</.test(text) ? 'brackets' : 'plain' }
    case 'task': {
      const shape: Shape = { class: item.task.hardware === undefined ? 'task' : 'hardware' }
      if (item.task.cpu !== undefined) shape.cpu = item.task.cpu
      if (item.task.pid !== undefined) shape.pid = item.task.pid
      return shape
    }
    case 'arch': {
      if (hexWords.test(text)) return { class: 'hex' }
      if (item.arch.pc) return { class: 'pc' }
      if (item.arch.code) return { class: 'code' }
      const name = Object.keys(item.arch.registers ?? {})[0]
      if (name === undefined) return { class: 'fault' }
      const known = registerOrder.indexOf(name)
      return { class: 'registers', rank: known >= 0 ? known : Number(/\d+/.exec(name)?.[0] ?? 50) }
    }
    default:
      return withTask({ class: wordClass(text, item.is === 'phrase') }, text)
  }
}

/** The frame below which a stack has none. */
const bottom =
  /^(?:ret_from_fork|entry_SYSCALL|entry_SYSENTER|secondary_startup|ret_fast_syscall|el0_s|el0t?_64|ret_from_kernel_thread)/

/** Raw stack words; some architectures print their registers just so. */
const hexWords = /^\s*(?:[0-9a-f]{8}|[0-9a-f]{16})(?: (?:[0-9a-f]{8}|[0-9a-f]{16}))*\s*$/

function wordClass(text: string, phrase: boolean): LineClass {
  if (text.trim() === '') return 'blank'
  if (/^[=-]{5,}\s*$|^\*{5,}/.test(text)) return 'separator'
  if (/^\s*Modules linked in/.test(text)) return 'modules'
  if (/^\s*(?:Rebooting in |---\[ end Kernel panic|Kernel Offset: )/.test(text)) return 'over'
  if (/^\s*Workqueue: /.test(text)) return 'queue'
  if (/\)\{.{1,12}\}/.test(text)) return 'lock'
  if (/^\s*(?:>?[0-9a-f]{8,16}[: ]|[0-9a-f]{8,16}(?: [0-9a-f]{8,16})+)/.test(text)) return 'hex'
  return phrase ? 'phrase' : 'message'
}

const taskOf = /CPU: (?<cpu>\d+) PID: (?<pid>\d+)|by task .{1,64}\/(?<task>\d+)$|:(?<hung>\d+) blocked|CPU#(?<on>\d+)/

function withTask(shape: Shape, text: string): Shape {
  const match = taskOf.exec(text)
  if (!match) return shape
  const { cpu, pid, task, hung, on } = match.groups!
  const number = pid ?? task ?? hung
  if (number !== undefined && hung === undefined) shape.pid = Number(number)
  if (cpu !== undefined || on !== undefined) shape.cpu = Number(cpu ?? on)
  return shape
}

function stepCost(from: Shape, to: Shape): number {
  if (from.class === 'registers' && to.class === 'registers') {
    const step = (to.rank ?? 0) - (from.rank ?? 0)
    return step === 1 || (Math.abs(step) <= 4 && from.rank !== undefined && from.rank >= 12) ? 0 : REGISTER_STEP
  }
  if (from.class === 'frame' && to.class === 'frame' && from.style !== to.style) return NEUTRAL
  if (from.class === 'code' && to.class === 'registers') return (to.rank ?? 0) <= 1 ? 0 : REGISTER_STEP
  if (to.class === 'over') return from.class === 'phrase' || from.class === 'over' ? 0 : NEUTRAL
  if (natural[from.class].includes(to.class === 'bottom' ? 'frame' : to.class)) return 0
  if (from.class === 'bottom' && to.class === 'frame') return REGISTER_STEP
  return to.class === 'message' || to.class === 'blank' || from.class === 'message' ? NEUTRAL : UNNATURAL
}

const taskCost = (mine: Shape, line: Shape): number =>
  (mine.pid !== undefined && line.pid !== undefined && mine.pid !== line.pid) ||
  (mine.pid === undefined && mine.cpu !== undefined && line.cpu !== undefined && mine.cpu !== line.cpu)
    ? WRONG_TASK
    : 0

/**
 * Which of the two reports each line belongs to: 0 the first (header at `headers[0]`), 1 the second. `stages` marks the lines
 * that are an oops or panic line.
 */
export function untangle(
  lines: readonly EventLine[],
  headers: readonly [number, number],
  stages: ReadonlyMap<number, 'die' | 'panic'>,
): Uint8Array {
  const shapes = lines
    .slice(0, MAX_TANGLE_LINES)
    .map((line, index) => shapeOf(line, headers.includes(index), stages.get(index)))
  const owners = new Uint8Array(lines.length).fill(1)
  const found = assign(shapes, headers)
  if (takesTurns(found, Math.max(0, headers[1] - MAX_LEAD_IN))) owners.set(found)
  else owners.fill(0, 0, headers[1])
  return owners
}

/** Below this share of the turns that strict alternation would take, the second report just follows the broken first. */
const LEAST_TURNS = 0.55
const LEAST_LINES = 3

/** Judged where both have just begun: later one of them is alone. */
const JUDGED_LINES = 40

function takesTurns(all: Uint8Array, from: number): boolean {
  const owners = all.subarray(from, from + JUDGED_LINES)
  let second = 0
  let turns = 0
  for (let i = 0; i < owners.length; i++) {
    second += owners[i]!
    if (i > 0 && owners[i] !== owners[i - 1]) turns++
  }
  const fewer = Math.min(second, owners.length - second)
  return fewer >= LEAST_LINES && turns / (2 * fewer) >= LEAST_TURNS
}

// How two CPUs get at the console: one has it for long, or they take turns line by line, or anything between. Which it is
// changes rarely, so a change costs more than a line in the wrong place; within a manner, unlikely turns cost a little.
const manners = [
  { turn: 1.2, stay: 0, start: 0 },
  { turn: 0, stay: 1.2, start: 0.4 },
  { turn: 0.35, stay: 0.35, start: 0.4 },
] as const
const NEW_MANNER = 2.5

/**
 * The cheapest split. State: the manner, who has line i, and which line the other has had last (index + 1; 0 for none yet).
 * Time and space: lines² × manners.
 */
function assign(shapes: readonly Shape[], headers: readonly [number, number]): Uint8Array {
  const n = shapes.length
  const start: Shape = { class: 'start' }
  const heads = headers.map(at => shapes[at] ?? start)
  const cost = (owner: number, last: number, line: number): number => {
    if (headers[owner === 0 ? 1 : 0] === line) return Number.POSITIVE_INFINITY
    if (line < headers[owner]! - MAX_LEAD_IN) return Number.POSITIVE_INFINITY
    return stepCost(last === 0 ? start : shapes[last - 1]!, shapes[line]!) + taskCost(heads[owner]!, shapes[line]!)
  }
  const width = n + 1
  const plane = 2 * width
  const states = manners.length * plane
  let best = new Float64Array(states).fill(Number.POSITIVE_INFINITY)
  for (const [manner, { start: price }] of manners.entries()) {
    for (let owner = 0; owner < 2; owner++) best[manner * plane + owner * width] = price + cost(owner, 0, 0)
  }
  const choices: Int32Array[] = []
  for (let i = 1; i < n; i++) {
    const next = new Float64Array(states).fill(Number.POSITIVE_INFINITY)
    const from = new Int32Array(states)
    const relax = (to: number, price: number, state: number): void => {
      if (price >= next[to]!) return
      next[to] = price
      from[to] = state
    }
    for (let owner = 0; owner < 2; owner++) {
      const on = cost(owner, i, i)
      for (let other = 0; other < i; other++) {
        const over = cost(1 - owner, other, i)
        for (let manner = 0; manner < manners.length; manner++) {
          const state = manner * plane + owner * width + other
          const sofar = best[state]!
          if (sofar === Number.POSITIVE_INFINITY) continue
          for (let then = 0; then < manners.length; then++) {
            const { turn, stay } = manners[then]!
            const change = sofar + (then === manner ? 0 : NEW_MANNER)
            relax(then * plane + owner * width + other, change + stay + on, state)
            relax(then * plane + (1 - owner) * width + i, change + turn + over, state)
          }
        }
      }
    }
    choices.push(from)
    best = next
  }
  let state = 0
  for (let i = 1; i < states; i++) if (best[i]! < best[state]!) state = i
  const owners = new Uint8Array(n)
  for (let i = n - 1; i >= 0; i--) {
    owners[i] = state % plane >= width ? 1 : 0
    if (i > 0) state = choices[i - 1]![state]!
  }
  return owners
}
