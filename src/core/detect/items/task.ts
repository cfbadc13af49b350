// Who was running, on which kernel: the line of dump_stack_print_info() and its forerunners.

export interface TaskLine {
  cpu?: number
  pid?: number
  uid?: number
  comm?: string
  /** taint letters as printed, blanks removed; '' for "Not tainted" */
  taint?: string
  release?: string
  build?: string
  buildId?: string
  hardware?: string
}

// lib/dump_stack.c: "CPU: 0 PID: 89 Comm: sh Tainted: G           OE      6.1.0-56-amd64 #1  Debian 6.1.192-2"
// since 6.11: "CPU: 0 UID: 0 PID: 135 Comm: sh Not tainted 6.12.0 #1 PREEMPT(voluntary)"
const modern =
  /^\s*CPU: ?(?<cpu>\d{1,10})(?: UID: (?<uid>\d{1,10}))? PID: (?<pid>\d{1,10}) Comm: (?<comm>.{1,64}?) (?:Kdump: loaded )?(?<taint>Not tainted|(?:G|P)\b[A-Z ]*|Tainted: [A-Z\s]+)(?:\[[^\]]*\] ?)?\s*(?<rest>\S.*)?$/
// 2.6: "Pid: 1234, comm: insmod Tainted: P           2.6.32-5-amd64 #1 HP ProLiant", "Pid: 1, comm: x Not tainted (2.6.24 #1)"
const pidComm =
  /^\s*Pid: (?<pid>\d{1,10}), comm: {0,20}(?<comm>.{1,64}?) (?<taint>Not tainted|Tainted: [A-Z\s-]+) *\(?(?<rest>\S[^)]*)?\)?/
// arm 2.6/3.x: "CPU: 0    Tainted: G        W     (2.6.32.9 #1)"; "CPU: 0 PID: 12 Comm:..." is `modern`
const armCpu = /^\s*CPU ?: (?<cpu>\d{1,10})\s+(?<taint>Not tainted|Tainted: [A-Z\s]{1,80}) +\((?<rest>[^)]+)\)/
// kernel/hung_task.c, kernel/sched/core.c: "      Tainted: G  W  OE  6.1.0-50-armmp #1 Debian 6.1.176-1"
const taintOnly = /^\s+(?<taint>Not tainted|Tainted: [A-Z\s]{1,80}?) +(?<rest>\d\S*(?: .*)?)$/
// kernel/locking/lockdep.c print_kernel_ident(): "4.15.0-rc9+ #284 Tainted: G        W"
const lockdepIdent =
  /^\s*(?<release>\d+\.\d[\w.+~-]*)(?: (?<build>#\d\S*))? (?<taint>Not tainted|Tainted: [A-Z ]{1,80}?)\s*$/
// x86 2.6: "CPU 1 ", "CPU:    0" with "EIP:    0060:[<c01…>]    Not tainted VLI"
const lone = /^\s*(?:CPU|Cpu):? +(?<cpu>\d{1,10})\s*$/
// x86 2.4/2.6: "Process insmod (pid: 1234, threadinfo c1234000, task=c1234560)", "Process x (pid: 1, stackpage=c1235000)"
const process = /^\s*Process (?<comm>.{1,64}?) \(pid: (?<pid>\d{1,10}),/
// powerpc: "TASK = c3a1c000[123] 'comm' THREAD: c39ea000 CPU: 0"
const ppcTask =
  /^\s*(?:TASK(?: =|:)|current =)? ?(?:\[?[0-9a-fx]+\]?\[(?<pid>\d{1,10})\]|[0-9a-f]*\]) '(?<comm>[^']{1,64})' THREAD: [0-9a-f]+(?: +CPU: (?<cpu>\d{1,10}))?/
const buildIdTail = / (?<id>[0-9a-f]{40})$/
const hardwareLine = /^\s*(?:Hardware name|Hardware): (?<hardware>.+)$/

/** Release, build and (5.14+) build ID from the words after the taint flags: "6.1.0-56-amd64 #1 Debian 6.1.192-2". */
function splitKernel(rest: string | undefined, into: TaskLine): void {
  if (rest === undefined) return
  // Red Hat pads its taint flags: "Tainted: G        W  OE  ------------   3.10.0-957.el7.x86_64 #1"
  let words = rest.trim().replace(/^(?:-+ *)+/, '')
  const id = buildIdTail.exec(words)
  if (id) {
    into.buildId = id.groups!['id']!
    words = words.slice(0, id.index)
  }
  const space = words.indexOf(' ')
  into.release = space < 0 ? words : words.slice(0, space)
  if (space > 0) into.build = words.slice(space + 1).trim()
}

/** A line with these groups: cpu, uid, pid, comm, taint, rest. */
function matchTask(text: string, first: string): RegExpExecArray | null {
  switch (first) {
    case 'C':
      return modern.exec(text) ?? armCpu.exec(text)
    case 'P':
      return pidComm.exec(text)
    case 'N':
    case 'T':
      return taintOnly.exec(text)
    default:
      return null
  }
}

function matchShort(text: string, first: string): RegExpExecArray | null {
  if (first === 'C') return lone.exec(text)
  if (first === 'P') return process.exec(text)
  return text.includes("' THREAD: ") ? ppcTask.exec(text) : null
}

/**
 * Reads the line that names CPU, task and kernel; undefined when this is not such a line. `first` is the line's first
 * character that is no blank.
 */
export function readTask(text: string, first: string): TaskLine | undefined {
  const match = matchTask(text, first)
  if (match) {
    const g = match.groups!
    const line: TaskLine = {}
    if (g['cpu'] !== undefined) line.cpu = Number(g['cpu'])
    if (g['uid'] !== undefined) line.uid = Number(g['uid'])
    if (g['pid'] !== undefined) line.pid = Number(g['pid'])
    if (g['comm'] !== undefined) line.comm = g['comm'].trim()
    const taint = g['taint']!
    line.taint = taint === 'Not tainted' ? '' : taint.replace(/^Tainted:/, '').replace(/[\s-]/g, '')
    splitKernel(g['rest'], line)
    return line
  }
  const ident = text.includes('ainted') ? lockdepIdent.exec(text) : null
  if (ident) {
    const { release, build, taint } = ident.groups!
    const line: TaskLine = {
      release: release!,
      taint: taint === 'Not tainted' ? '' : taint!.replace(/^Tainted:/, '').replace(/ /g, ''),
    }
    if (build !== undefined) line.build = build
    return line
  }
  const short = matchShort(text, first)
  if (short) {
    const g = short.groups!
    const line: TaskLine = {}
    if (g['cpu'] !== undefined) line.cpu = Number(g['cpu'])
    if (g['pid'] !== undefined) line.pid = Number(g['pid'])
    if (g['comm'] !== undefined) line.comm = g['comm'].trim()
    return line
  }
  const hardware = first === 'H' ? hardwareLine.exec(text) : null
  return hardware ? { hardware: hardware.groups!['hardware']!.trim() } : undefined
}
