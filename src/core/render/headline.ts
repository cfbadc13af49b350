// The head of a report: the cause in one line, and where, who, on what, when.

import type { FaultInfo, Frame, Report } from '../model.ts'
import { frameWithModule, placeText, sinceBoot } from './wording.ts'

/** One labelled line; `extra` is the same in more words or an addition, and may be shown lighter. */
export interface Fact {
  label: string
  value: string
  extra?: string
}

/** Below this an address is a member of a NULL struct: one page, mm's own bound for "NULL pointer dereference". */
const nullPage = 4096n

/** Errors as pointers end here: include/linux/err.h, MAX_ERRNO. */
const maxErrno = 4095n

/** The cause in one line: the access that failed, or the kernel's own first words where there was none. */
export function why(report: Report): string | undefined {
  const access = report.fault === undefined ? undefined : faultWords(report.fault)
  if (access !== undefined) return access
  const header = headerLine(report.text)
  return header === undefined || header === report.title ? undefined : header
}

/** "8-byte write to NULL+0x50 in kernel mode: not-present page" */
function faultWords(fault: FaultInfo): string | undefined {
  const { access, address, mode, sizeBytes, decoded = [], code } = fault
  const words: string[] = []
  if (sizeBytes !== undefined) words.push(`${sizeBytes}-byte`)
  if (access !== undefined) words.push(access === 'execute' ? 'instruction fetch' : access)
  if (address !== undefined) {
    const preposition = access === undefined ? 'at' : access === 'write' ? 'to' : access === 'read' ? 'of' : 'at'
    words.push(words.length === 0 && access === undefined ? 'address' : preposition, addressWords(address))
  }
  if (words.length === 0 && decoded.length === 0) return undefined
  if (mode !== undefined && words.length > 0) words.push(`in ${mode} mode`)
  const rest = decoded.filter(word => !repeats(word, words.join(' ')))
  if (code !== undefined) rest.push(`code ${code}`)
  return [words.join(' '), rest.join(', ')].filter(part => part !== '').join(': ')
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
  if (value < nullPage) return `NULL+0x${value.toString(16)}`
  const digits = address.length - 2
  const below = (1n << BigInt(4 * digits)) - value
  if ((digits === 8 || digits === 16) && below <= maxErrno) return `${address} (-${below})`
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
    if (line !== '' && !line.includes('[ cut here ]') && !/^[=*#-]{8,}$/.test(line)) return line
    start = end + 1
  }
  return undefined
}

export function facts(report: Report): Fact[] {
  return [
    ...where(report),
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
  const caller = report.traces?.[0]?.frames.find(frame => frame.reliable !== false && frame.symbol !== undefined)
  const place = placeText(report.place) ?? placeText(pc?.place)
  if (pc === undefined && caller === undefined) return place === undefined ? [] : [{ label: 'at', value: place }]
  if (pc !== undefined && pc.symbol === undefined && caller !== undefined) {
    const jumped: Fact = { label: 'at', value: `${pc.address ?? 'an unknown address'}, outside any function` }
    return [jumped, at('called by', caller, placeText(caller.place))]
  }
  return [at('at', pc ?? caller ?? {}, place)]
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
  const on = cpu === undefined ? '' : `${parts.length > 0 ? ' on ' : ''}CPU ${cpu}`
  const value = parts.join(', ') + on
  return value === '' ? [] : [{ label: 'by', value }]
}

function kernel({ kernel: info, arch }: Report): Fact[] {
  if (info === undefined && arch === undefined) return []
  const value = [info?.release, arch].filter(part => part !== undefined).join(' ')
  const extra = [info?.build, info?.options?.join(' ')].filter(part => part !== undefined && part !== '').join(' · ')
  if (value === '') return extra === '' ? [] : [{ label: 'kernel', value: extra }]
  return [extra === '' ? { label: 'kernel', value } : { label: 'kernel', value, extra }]
}

function taint({ kernel: info }: Report): Fact[] {
  if (info?.tainted === undefined) return []
  if (info.tainted.length === 0) return [{ label: 'taint', value: 'none' }]
  return [{ label: 'taint', value: info.tainted.map(({ flag, meaning }) => `${flag} ${meaning}`).join(' · ') }]
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
  return lines.first === lines.last ? `line ${range}` : `lines ${range}`
}

function source(report: Report): Fact {
  const { transport, host } = report.source
  const extra = [host, transport === 'plain' ? undefined : transport].filter(part => part !== undefined).join(' · ')
  const value = sourceText(report)
  return extra === '' ? { label: 'log', value } : { label: 'log', value, extra }
}
