// The lines that stand above a stack trace, and the marks inside one.

import type { ContextName } from '../../model.ts'

export interface TraceTitle {
  title: string
  /** 'call' for the running (or reported) stack; the others belong to a history that the report tells */
  role: 'call' | 'history'
  context?: ContextName
  cpu?: number
  comm?: string
  pid?: number
}

// "Call Trace:", "Call trace:", "Call Trace", "Backtrace: ", "stack backtrace:" is no trace of its own (lockdep prints the
// CPU line and "Call Trace:" after it)
// (before 4.9 x86 ended the raw stack words without a line break, now and then)
const call = /^(?:[0-9a-f ]{8,200})?\s*(?:Call [Tt]race|Backtrace|[Tt]race)\b ?:/
const bareCall = /^\s*Call [Tt]race\s*$/
const callLetters = /[CBTt0-9a-f]/
// mm/kasan/report.c: "Allocated by task 123:", "Freed by task 12 on cpu 0 at 12.345s:", old "Allocated:" / "Freed:",
// "Last potentially related work creation:", "The buggy address …"; KFENCE "allocated by task 12 on cpu 0 at …:"
const history =
  /^\s*(?:(?:Allocated|Freed|allocated|freed)(?: by task (?<pid>\d{1,10}))?(?: on cpu (?<cpu>\d{1,10}))?(?: at [\d.]+s)?(?: \([\d.]+s ago\))?|(?:Last|Second to last) (?:potentially related work creation|call_rcu\(\))|Uninit was (?:created|stored to memory) at|Local variable .{1,200} created at|page last (?:allocated|free).{0,300}(?:pid \d+)?.{0,200}(?: stack trace)?|page allocated via order.{0,300}|[^k]? {0,8}backtrace(?: \(crc [0-9a-f]+\))?|which became .{1,80} at|(?:\S+ )?(?:HARDIRQ|SOFTIRQ|RECLAIM_FS)[\w-]* at|INITIAL USE at|.{0,4}-> #\d+ \(.{1,200}\)\{.{1,20}\}(?:-\{.{1,20}\})?(?: ops: \d+)?|(?:read|write|assert no (?:accesses|writes))[\w ()]{0,40} to 0x[0-9a-f]+ of \d+ bytes by (?:task (?<task>\d{1,10})|interrupt) on cpu (?<on>\d{1,10})|race at unknown origin, with .{1,120}|(?:Allocated|Freed) in \S{1,300} age=\d{1,20} cpu=\d{1,10} pid=-?\d{1,10}|Memory allocated at|Memory was allocated at|Preemption disabled at|page_owner .{0,100}|kfence-#\d+.{0,200}|other info that might help .{0,40} trace) ?:?\s*$/
const nmi = /^\s*NMI backtrace for cpu (?<cpu>\d{1,10})(?: skipped)?/
const sendingNmi = /^\s*Sending NMI (?:from CPU|to other CPUs|to all CPUs)/

/** A trace title; undefined when the line is none. `first` is the line's first character that is no blank. */
export function readTraceTitle(text: string, first: string): TraceTitle | undefined {
  if (callLetters.test(first) && (call.test(text) || bareCall.test(text))) return { title: 'Call Trace', role: 'call' }
  if (
    text.endsWith(':') ||
    text.includes(' age=') ||
    text.includes(' at') ||
    ((first === 'p' || first === 'k') && text.includes('stack trace'))
  ) {
    const told = history.exec(text)
    if (told) {
      const title: TraceTitle = { title: text.trim().replace(/:$/, ''), role: 'history' }
      const pid = told.groups!['pid'] ?? told.groups!['task']
      const cpu = told.groups!['cpu'] ?? told.groups!['on']
      if (pid !== undefined) title.pid = Number(pid)
      if (cpu !== undefined) title.cpu = Number(cpu)
      return title
    }
  }
  const backtrace = first === 'N' ? nmi.exec(text) : null
  if (backtrace) {
    return { title: text.trim(), role: 'history', context: 'nmi', cpu: Number(backtrace.groups!['cpu']) }
  }
  return undefined
}

export const announcesNmiBacktraces = (text: string): boolean => sendingNmi.test(text)

const mark =
  /^\s*<(?<close>\/?)(?<name>TASK|IRQ|SOFTIRQ|NMI|EOI|EOE|#DF|#DB|#MC|#VC2?|ENTRY_TRAMPOLINE|ENTRY|SYSENTER|exception|unknown|\w+_STACK)>(?<rest>.*)$/
// arch/powerpc/kernel/process.c: "--- interrupt: 300 at fn+0x12/0x34", "--- Exception: 501 at fn+0x12/0x34"
const ppcException = /^\s*--- (?<word>interrupt|Exception|Exit): (?<trap>[0-9a-f]+)(?: .*? ?at (?<at>\S+))?/
// arm: "Exception stack(0xc1234f50 to 0xc1234f98)"
const armException = /^\s*Exception stack\(0x/

export interface ContextMark {
  context?: ContextName
  /** the mark closes a context ("</IRQ>", "<EOI>") */
  closes?: true
  /** frame text behind the mark on the same line: " <IRQ>  [<…>] fn+0x…" */
  rest?: string
  trap?: string
  /** where the exception struck: "--- interrupt: 700 at fn+0x2c/0x70" */
  at?: string
}

const contexts: Record<string, ContextName> = {
  TASK: 'task',
  IRQ: 'irq',
  SOFTIRQ: 'softirq',
  NMI: 'nmi',
}

/** The mark of another context inside a trace; undefined when the line is none. */
export function readContextMark(text: string): ContextMark | undefined {
  const found = mark.exec(text)
  if (found) {
    const name = found.groups!['name']!
    const result: ContextMark = {}
    if (found.groups!['close'] === '/' || name === 'EOI' || name === 'EOE') result.closes = true
    else result.context = contexts[name] ?? 'exception'
    const rest = found.groups!['rest']!
    if (rest.trim() !== '') result.rest = rest
    return result
  }
  const exception = ppcException.exec(text)
  if (exception) {
    const { trap, at } = exception.groups!
    return at === undefined ? { context: 'exception', trap: trap! } : { context: 'exception', trap: trap!, at }
  }
  if (armException.test(text)) return { context: 'exception' }
  return undefined
}
