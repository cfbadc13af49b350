// What a line is to the order in which one report is printed.

import type { Frame } from '../../model.ts'
import type { EventLine } from '../event.ts'
import { embeddedFrame } from '../items/frame.ts'

export type LineClass =
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

export interface Shape {
  class: LineClass
  /** order of a register line among its dump's lines */
  rank?: number
  /** printing style of a frame, and the task of a task line */
  style?: string
  cpu?: number
  pid?: number
  /** the kind of report that alone prints such a line, or that the header opens */
  family?: Family
  /** registers of user space: below them no frames come */
  user?: true
  /** a frame that is only a guess: "? fn+0x…" */
  guess?: true
  /** the frames with which a trace begins that the kernel was asked for: dump_stack() and its kin */
  top?: true
  /** a mark that ends a context */
  closes?: 'task' | 'other'
  /** the architecture whose register dump the line is of */
  arch?: string
  /** the function that a header or a program-counter line names */
  function?: string
}

/** Before the first line of a report. */
export const start: Shape = { class: 'start' }

/** Words that only one family of reports prints. */
export type Family = 'kasan' | 'lockdep' | 'rcu' | 'hung'

const families: readonly (readonly [Family, RegExp])[] = [
  [
    'kasan',
    /^BUG: (?:KASAN|KMSAN|KFENCE)|^\s*(?:The buggy address|Memory state around|Allocated by|Freed by|(?:Read|Write) of size|which belongs to the cache|Uninit was)/,
  ],
  [
    'lockdep',
    /lock(?:ing)? (?:dependency|state|bug|balance|freed|held when)|suspicious RCU|still has locks|lockdep\.c:|^\s*(?:stack backtrace:|other info that might|Possible unsafe locking|which lock already|the existing dependency|but task is already|rcu_scheduler_active)/,
  ],
  [
    'rcu',
    /rcu\w{0,20} .{0,20}detected stall|rcu: INFO|^\s*\(?(?:detected by|t=\d+ jiffies)|kthread starved|RCU grace-period|ticks this GP|GPs behind/,
  ],
  ['hung', /blocked for more than|hung_task_timeout_secs|^\s*task:\S+ +state:/],
]

const familyOf = (text: string): Family | undefined => families.find(([, pattern]) => pattern.test(text))?.[0]

/** Order of x86's register lines; other architectures' lines are ordered by the first register's number. */
const registerOrder = ['RSP', 'RAX', 'RDX', 'RBP', 'R10', 'R13', 'FS', 'CS', 'CR2', 'DR0', 'DR3', 'PKRU']

/** What a line is to the order of a report. */
export function shapeOf(line: EventLine, header: boolean, stage: 'die' | 'panic' | undefined): Shape {
  const shape = classify(line, header, stage)
  if (shape.class === 'hex') {
    const row = dumpRow.exec(line.record.text)
    if (row) shape.rank = Number.parseInt(row.groups!['low']!, 16)
  }
  const family = familyOf(line.record.text)
  if (family !== undefined) shape.family = family
  const named = header ? embeddedFrame(line.record.text) : line.item.is === 'arch' ? line.item.arch.pc : undefined
  if (line.item.is === 'arch' && line.item.by) shape.arch = line.item.by.name
  if (named?.symbol !== undefined) shape.function = named.symbol
  return shape
}

function classify(line: EventLine, header: boolean, stage: 'die' | 'panic' | undefined): Shape {
  const { item } = line
  const text = line.record.text
  if (header) return withTask({ class: 'header' }, text)
  if (stage) return { class: stage }
  switch (item.is) {
    case 'cut':
      return { class: 'cut' }
    case 'mark':
      if (item.mark.closes !== true) return { class: 'mark' }
      return { class: 'mark', closes: text.includes('</TASK>') ? 'task' : 'other' }
    case 'end':
      return { class: item.panic === true ? 'over' : 'end' }
    case 'trace':
      return { class: item.title.role === 'call' ? 'trace' : 'history' }
    case 'frame':
      if (
        item.frames.some(frame => frame.reliable !== false && frame.symbol !== undefined && bottom.test(frame.symbol))
      )
        return { class: 'bottom' }
      return frameShape(item.frames, frameStyle(text))
    case 'task': {
      const { hardware, cpu, pid } = item.task
      // the kernel's release alone: lockdep's and hung_task's second line
      if (hardware === undefined && cpu === undefined && pid === undefined) return { class: 'phrase' }
      const shape: Shape = { class: hardware === undefined ? 'task' : 'hardware' }
      if (item.task.cpu !== undefined) shape.cpu = item.task.cpu
      if (item.task.pid !== undefined) shape.pid = item.task.pid
      return shape
    }
    case 'arch': {
      if (hexWords.test(text)) return { class: 'hex' }
      if (item.arch.pc) return item.arch.mode === 'user' ? { class: 'pc', user: true } : { class: 'pc' }
      if (item.arch.code) return { class: 'code' }
      const name = Object.keys(item.arch.registers ?? {})[0]
      if (name === undefined) return { class: 'fault' }
      const known = registerOrder.indexOf(name)
      const rank = known >= 0 ? known : Number(/\d+/.exec(name)?.[0] ?? 50)
      const user = Object.values(item.arch.registers ?? {}).some(value => userValue.test(value))
      return user ? { class: 'registers', rank, user } : { class: 'registers', rank }
    }
    default:
      return withTask({ class: wordClass(text, item.is === 'phrase') }, text)
  }
}

const asked = /^(?:__)?dump_(?:stack(?:_lvl)?|backtrace)$|^show_stack$/

function frameShape(frames: readonly Frame[], style: string): Shape {
  const shape: Shape = { class: 'frame', style }
  if (frames.every(frame => frame.reliable === false)) shape.guess = true
  else if (frames.some(frame => frame.symbol !== undefined && asked.test(frame.symbol))) shape.top = true
  return shape
}

/** The frame below which a stack has none. */
export const bottom =
  /^(?:ret_from_fork(?:_asm)?|entry_SYSCALL\w*|entry_SYSENTER\w*|secondary_startup\w*|ret_fast_syscall|el0_sync|el0_svc_naked|el0t_(?:64|32)_sync|ret_from_kernel_thread)$/

/** One kernel prints its frames in one style. */
const frameStyle = (text: string): string =>
  text.includes(' from ')
    ? 'pairs'
    : /^\s*\[<?[0-9a-f]+>?\] \[/.test(text)
      ? 'double'
      : /\[</.test(text)
        ? 'brackets'
        : 'plain'

/** Values of a user-space register set on x86_64: addresses of the lower half. */
const userValue = /0x00007f[0-9a-f]{10}/

/** Raw stack words; some architectures print their registers just so. */
const hexWords = /^\s*(?:[0-9a-f]{8}|[0-9a-f]{16})(?: (?:[0-9a-f]{8}|[0-9a-f]{16}))*\s*$/

/** The address at the start of a row of a memory dump; its low digits are enough to see what follows what. */
const dumpRow = /^\s*>?(?:[0-9a-f]{8})?(?<low>[0-9a-f]{4,8}): /

function wordClass(text: string, phrase: boolean): LineClass {
  if (text.trim() === '') return 'blank'
  if (/^[=-]{5,}\s*$|^\*{5,}/.test(text)) return 'separator'
  if (/^\s*Modules linked in/.test(text)) return 'modules'
  if (/^\s*(?:Rebooting in |---\[ end Kernel panic|Kernel Offset: )/.test(text)) return 'over'
  if (/^\s*Workqueue: /.test(text)) return 'queue'
  if (/\)\{.{1,12}\}/.test(text)) return 'lock'
  if (/^\s*(?:>?[0-9a-f]{8,16}[: ]|[0-9a-f]{4}: [0-9a-f]{8} |[0-9a-f]{8,16}(?: [0-9a-f]{8,16})+)/.test(text))
    return 'hex'
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
