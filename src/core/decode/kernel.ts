// Which kernel, on what machine, which task: gathered from the identifying lines of a report and of the log before it.

import type { Excerpt } from '../detect/event.ts'
import type { BootContext, Report } from '../model.ts'
import { isModuleList, type ModuleList, readModules } from './modules.ts'
import { readTaint } from './taint.ts'

export interface Identity {
  kernel: NonNullable<Report['kernel']>
  task: NonNullable<Report['task']>
  modules?: ModuleList
}

// the end of a die line: "[#1] PREEMPT SMP KASAN NOPTI", "[#12] SMP ARM"
const dieTail = /\[#(?<count>\d{1,10})\](?<options>(?:,? [A-Za-z][\w()=-]*)*)\s*(?::\s*)?$/
const workqueue = /^\s*Workqueue: (?<queue>.{1,120})$/
const kaslr = /^\s*Kernel Offset: (?<offset>0x[0-9a-f]+) from/
// hung tasks and show_state: "task:foo  state:D stack:12 pid:123 tgid:123 ppid:1", before 5.x "foo  D  0  123  1 0x00000000"
const stateLine = /^\s*task:(?<comm>\S.{0,60}?) +state:\S +stack: ?\d+ +pid: ?(?<pid>\d{1,10})/
// x86 2.6 "EFLAGS: 00010246   (2.6.18-8.el5 #1)", powerpc "REGS: … TRAP: 0700   Not tainted  (2.6.25)"
const inParentheses =
  /(?:EFLAGS: [0-9a-f]+|tainted|Tainted: [A-Z ]+?|VLI) {1,4}\((?<release>\d+\.\d[\w.+~-]*)(?: (?<build>#[^)]{1,80}))?\)/
const banner = /Linux version (?<release>\d[\w.+~-]*)/
// init/version.c linux_banner: "Linux version %s (%s@%s) (%s) #1 SMP …"
const firstLine = /^\s*Linux version \d[\w.+~-]* \(.*#\d/
const commandLine = /(?:Kernel command line|Command line): (?<line>.*)$/
const bootHardware =
  /^\s*(?:DMI: |Machine model: |OF: fdt: ?Machine model: |machine: |Hardware name: |Machine: )(?<hardware>\S.*)$/

/** The letters that such a line begins with, for the cheap test. */
const hardwareLetters = 'DMOmH'

export function readIdentity(excerpt: Excerpt, boot: BootContext, facts: Record<string, string>): Identity {
  const kernel: Identity['kernel'] = {}
  const task: Identity['task'] = {}
  const modules: ModuleList = { modules: [] }
  let listing = false
  let sawModules = false
  let taint: string | undefined
  for (const line of excerpt.lines) {
    const { text } = line.record
    if (line.item.is === 'task') {
      const read = line.item.task
      if (read.cpu !== undefined) task.cpu ??= read.cpu
      if (read.pid !== undefined) task.pid ??= read.pid
      if (read.uid !== undefined) task.uid ??= read.uid
      if (read.comm !== undefined) task.comm ??= read.comm
      if (read.taint !== undefined) taint ??= read.taint
      if (read.release !== undefined) kernel.release ??= read.release
      if (read.build !== undefined) kernel.build ??= read.build
      if (read.buildId !== undefined) kernel.buildId ??= read.buildId
      if (read.hardware !== undefined) kernel.hardware ??= read.hardware
      listing = false
      continue
    }
    if (isModuleList(text)) {
      sawModules = true
      listing = readModules(text, modules)
      continue
    }
    if (listing) {
      listing = line.item.is !== 'frame' && line.item.is !== 'arch' && readModules(text, modules)
      if (listing) continue
    }
    readOther(text, kernel, task)
  }
  if (taint !== undefined && taint !== '') kernel.tainted = readTaint(taint)
  fromHeader(excerpt, facts, task)
  if (boot.release !== undefined) kernel.release ??= boot.release
  if (boot.hardware !== undefined) kernel.hardware ??= boot.hardware
  if (boot.commandLine !== undefined) kernel.commandLine = boot.commandLine
  return sawModules ? { kernel, task, modules } : { kernel, task }
}

function readOther(text: string, kernel: Identity['kernel'], task: Identity['task']): void {
  if (text.includes('[#')) {
    const die = dieTail.exec(text)
    if (die) {
      kernel.oopsCount ??= Number(die.groups!['count'])
      const options = die.groups!['options']!.trim()
      if (options !== '') kernel.options ??= options.split(/,? /)
    }
    return
  }
  const parenthesised = text.includes('(') ? inParentheses.exec(text) : null
  if (parenthesised) {
    kernel.release ??= parenthesised.groups!['release']!
    if (parenthesised.groups!['build'] !== undefined) kernel.build ??= parenthesised.groups!['build']
    return
  }
  if (text.includes('Workqueue: ')) {
    const queue = workqueue.exec(text)
    if (queue) task.workqueue ??= queue.groups!['queue']!.trim()
  } else if (text.includes('Kernel Offset: ')) {
    const offset = kaslr.exec(text)
    if (offset) kernel.kaslrOffset ??= offset.groups!['offset']!
  } else if (text.includes('task:')) {
    const state = stateLine.exec(text)
    if (!state) return
    task.comm ??= state.groups!['comm']!
    task.pid ??= Number(state.groups!['pid'])
  }
}

/** Hung tasks, lockups, user faults: the header names the task that matters, not the one that noticed. */
function fromHeader(excerpt: Excerpt, facts: Record<string, string>, task: Identity['task']): void {
  const headed =
    excerpt.row.kind === 'hung-task' || excerpt.row.kind === 'soft-lockup' || excerpt.row.kind === 'user-segfault'
  const { comm, pid, cpu } = facts
  if (comm !== undefined && (headed || task.comm === undefined)) {
    if (headed) delete task.pid
    // khungtaskd prints its own CPU line below the stack of the task that hangs
    if (excerpt.row.kind === 'hung-task') {
      delete task.cpu
      delete task.uid
    }
    task.comm = comm
    if (pid !== undefined && /^\d{1,10}$/.test(pid)) task.pid = Number(pid)
  }
  if (cpu !== undefined && /^\d{1,6}$/.test(cpu)) task.cpu ??= Number(cpu)
}

/** A kernel's first line: what was under way before it is over. */
export const beginsBoot = (text: string): boolean => firstLine.test(text)

/**
 * Lines of the boot that every later report of this boot is about. True when the line was one. `mayHoldNeedle`: false when
 * the line is known to hold none of `bootNeedles`.
 */
export function readBoot(text: string, boot: BootContext, mayHoldNeedle = true): boolean {
  // most lines are none of these: looking for a literal is cheaper than trying a pattern everywhere
  const linux = mayHoldNeedle && text.includes('Linux version ') ? banner.exec(text) : null
  if (linux) {
    boot.release = linux.groups!['release']!
    delete boot.commandLine
    delete boot.hardware
    return true
  }
  const command = mayHoldNeedle && text.includes('ommand line: ') ? commandLine.exec(text) : null
  if (command) {
    boot.commandLine = command.groups!['line']!.trim()
    return true
  }
  const first = text.charCodeAt(0) > 0x20 ? text[0]! : text.trimStart()[0]
  const hardware = first !== undefined && hardwareLetters.includes(first) ? bootHardware.exec(text) : null
  if (!hardware) return false
  boot.hardware = hardware.groups!['hardware']!.trim()
  return true
}

/** Literals of the lines that readBoot reads, for the prefilter. */
export const bootNeedles: readonly string[] = ['Linux version ', 'ommand line: ', 'DMI: ', 'Machine model: ']
