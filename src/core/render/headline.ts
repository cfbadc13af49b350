// The head of a report: the cause in one line, and where, who, on what, when.

import { isNamed } from '../localise/blame.ts'
import { MAX_ERRNO, NULL_PAGE } from '../localise/special-values.ts'
import type { FaultInfo, Frame, Report } from '../model.ts'
import { say } from '../say.ts'
import { frameWithModule, placeText, sinceBoot, taintWords } from './wording.ts'

/** One labelled line; `extra` is the same in more words or an addition, and may be shown lighter. */
export interface Fact {
  label: string
  value: string
  extra?: string
}

/** The cause in one line: the access that failed, or the kernel's own first words where there was none. */
export function why({ fault, text, title }: Report): string | undefined {
  if (fault?.access !== undefined) return faultWords(fault)
  const header = headerLine(text)
  return header === undefined || letters(header) === letters(title) ? undefined : header
}

/** What two wordings of one line have in common: "Kernel panic - not syncing: x" is "kernel panic: x". */
const letters = (text: string): string =>
  text
    .toLowerCase()
    .replace(' - not syncing', '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()

/** "8-byte write to NULL+0x50 in kernel mode: not-present page" */
function faultWords({ access = 'read', address, mode, sizeBytes, decoded = [], code }: FaultInfo): string {
  const did =
    address === undefined ? without[access][mode ?? 'any'] : reached[access][mode ?? 'any'](addressWords(address))
  const words = sizeBytes === undefined ? did : say`${sizeBytes}-byte ${did}`
  const rest = decoded.filter(word => !repeats(word, words))
  if (code !== undefined) rest.push(say`code ${code}`)
  return rest.length === 0 ? words : `${words}: ${rest.join(', ')}`
}

const without = {
  read: { any: say`read`, kernel: say`read in kernel mode`, user: say`read in user mode` },
  write: { any: say`write`, kernel: say`write in kernel mode`, user: say`write in user mode` },
  execute: {
    any: say`instruction fetch`,
    kernel: say`instruction fetch in kernel mode`,
    user: say`instruction fetch in user mode`,
  },
}
const reached = {
  read: {
    any: (at: string) => say`read of ${at}`,
    kernel: (at: string) => say`read of ${at} in kernel mode`,
    user: (at: string) => say`read of ${at} in user mode`,
  },
  write: {
    any: (at: string) => say`write to ${at}`,
    kernel: (at: string) => say`write to ${at} in kernel mode`,
    user: (at: string) => say`write to ${at} in user mode`,
  },
  execute: {
    any: (at: string) => say`instruction fetch at ${at}`,
    kernel: (at: string) => say`instruction fetch at ${at} in kernel mode`,
    user: (at: string) => say`instruction fetch at ${at} in user mode`,
  },
}

/** What the fault says beyond the kernel's header line, where that line is the headline. */
function fault(report: Report): Fact[] {
  const { fault: info, pc, severity } = report
  if (info === undefined || info.access !== undefined) return []
  // Registers of user mode under a report of the kernel only say how the kernel was entered.
  if (severity !== 'user' && pc !== undefined && !inKernel(report)) return []
  const { address, decoded = [], code } = info
  const words = [
    address === undefined ? undefined : addressWords(address),
    ...decoded,
    code === undefined ? undefined : say`code ${code}`,
  ].filter(word => word !== undefined)
  return words.length === 0 ? [] : [{ label: 'fault', value: words.join(', ') }]
}

/** Whether the kernel's word says again what stands there: "supervisor read access in kernel mode". */
function repeats(word: string, said: string): boolean {
  return word
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(part => part.length > 2 && !['supervisor', 'access', 'the', 'user'].includes(part))
    .every(part => said.includes(part))
}

/** NULL+0x50 for a member of a NULL struct, -22 for an error taken as a pointer, the address otherwise. */
export function addressWords(address: string): string {
  if (!/^0x[0-9a-f]{1,16}$/.test(address)) return address
  const value = BigInt(address)
  if (value === 0n) return 'NULL'
  if (value < NULL_PAGE) return `NULL+0x${value.toString(16)}`
  const digits = address.length - 2
  const below = (1n << BigInt(4 * digits)) - value
  if ((digits === 8 || digits === 16) && below <= MAX_ERRNO) return `${address} (-${below})`
  return address
}

/** The line by which the kernel opened the report. */
function headerLine(text: string): string | undefined {
  let start = 0
  while (start < text.length) {
    const stop = text.indexOf('\n', start)
    const end = stop === -1 ? text.length : stop
    const line = text.slice(start, end).trim()
    // The frame around reports: "---[ cut here ]---", rows of "=" or "*".
    if (line !== '' && !line.includes('[ cut here ]') && !/^[=*#-]{8,}$/.test(line)) {
      // lockdep until 4.11: "[ INFO: possible circular locking dependency detected ]"
      return line.startsWith('[ ') && line.endsWith(' ]') ? line.slice(2, -2) : line
    }
    start = end + 1
  }
  return undefined
}

export function facts(report: Report): Fact[] {
  return [
    ...where(report),
    ...fault(report),
    ...who(report),
    ...kernel(report),
    ...taint(report),
    ...(report.kernel?.hardware === undefined ? [] : [{ label: 'on', value: report.kernel.hardware }]),
    ...when(report),
    source(report),
  ]
}

function where(report: Report): Fact[] {
  const { pc } = report
  const place = placeText(report.place) ?? placeText(pc?.place)
  if (pc?.symbol !== undefined) return [at('at', pc, place)]
  const named = blamedFrame(report)
  if (pc?.address !== undefined && inKernel(report)) {
    const jumped: Fact = { label: 'at', value: say`${pc.address}, outside any function` }
    return named === undefined ? [jumped] : [jumped, at('called by', named, placeText(named.place))]
  }
  if (named !== undefined) return [at('at', named, place ?? placeText(named.place))]
  if (place !== undefined) return [{ label: 'at', value: place }]
  if (pc?.address === undefined || report.severity !== 'user') return []
  return [{ label: 'at', value: say`${pc.address} in user space` }]
}

/** Whether the program counter is the kernel's: the set of registers that it stands in says so, or the fault. */
function inKernel({ pc, registerSets = [], fault: info }: Report): boolean {
  const set = registerSets.find(candidate => candidate.pc?.address === pc?.address && candidate.pc !== undefined)
  return (set?.mode ?? info?.mode ?? 'user') === 'kernel'
}

/** The frame of the function that the title names: not the kernel's own reporting above it. */
function blamedFrame({ title, traces = [] }: Report): Frame | undefined {
  for (const { frames } of traces) {
    const frame = frames.find(({ symbol }) => symbol !== undefined && isNamed(title, symbol))
    if (frame !== undefined) return frame
  }
  return undefined
}

function at(label: string, frame: Frame, place: string | undefined): Fact {
  const value = frameWithModule(frame)
  return place === undefined ? { label, value } : { label, value, extra: place }
}

function who({ task }: Report): Fact[] {
  if (task === undefined) return []
  const { comm, pid, uid, cpu, workqueue } = task
  const parts = [
    comm,
    pid === undefined ? undefined : `pid ${pid}`,
    uid === undefined ? undefined : `uid ${uid}`,
    workqueue === undefined ? undefined : `workqueue ${workqueue}`,
  ].filter(part => part !== undefined)
  const names = parts.join(', ')
  const value = cpu === undefined ? names : names === '' ? `CPU ${cpu}` : say`${names} on CPU ${cpu}`
  return value === '' ? [] : [{ label: 'by', value }]
}

function kernel({ kernel: info, arch }: Report): Fact[] {
  if (info === undefined && arch === undefined) return []
  const value = [info?.release, arch].filter(part => part !== undefined).join(' ')
  const extra = [info?.build?.replace(/ +/g, ' '), info?.options?.join(' ')]
    .filter(part => part !== undefined && part !== '')
    .join(' · ')
  if (value === '') return extra === '' ? [] : [{ label: 'kernel', value: extra }]
  return [extra === '' ? { label: 'kernel', value } : { label: 'kernel', value, extra }]
}

function taint({ kernel: info }: Report): Fact[] {
  if (info?.tainted === undefined) return []
  if (info.tainted.length === 0) return [{ label: 'taint', value: say`none` }]
  const words = info.tainted.map(({ flag, meaning }) => `${flag} ${taintWords[flag] ?? meaning}`)
  return [{ label: 'taint', value: words.join(' · ') }]
}

function when({ time }: Report): Fact[] {
  if (time === undefined) return []
  const boot = time.sinceBootUs === undefined ? undefined : sinceBoot(time.sinceBootUs)
  const value = time.wall ?? boot
  if (value === undefined) return []
  return [
    time.wall !== undefined && boot !== undefined ? { label: 'when', value, extra: boot } : { label: 'when', value },
  ]
}

/** "crash.log:12-80": where in the input it stands, as editors and grep write it. */
export function sourceText({ source: { file }, lines }: Report): string {
  const range = lines.first === lines.last ? `${lines.first}` : `${lines.first}-${lines.last}`
  if (file !== undefined && file !== '-') return `${file}:${range}`
  return lines.first === lines.last ? say`line ${range}` : say`lines ${range}`
}

function source(report: Report): Fact {
  const { transport, host } = report.source
  const extra = [host, transport === 'plain' ? undefined : transport].filter(part => part !== undefined).join(' · ')
  const value = sourceText(report)
  return extra === '' ? { label: 'log', value } : { label: 'log', value, extra }
}
