// A line of /dev/faultline: what the kernel module announces at the moment it happens (kmod/device.c, fl_print()).

import { type RecordKind, recordContexts, recordKinds } from './records.ts'

export interface Announcement {
  /** of the record in the window */
  sequence: number
  kind: RecordKind
  /** microseconds of CLOCK_MONOTONIC */
  monotonicUs: number
  cpu: number
  context: (typeof recordContexts)[number]
  pid: number
  tgid: number
  uid: number
  /** `0x…`; 0x0 where no registers came with it */
  pc: string
  error: number
  trap: number
  signal: number
  /** announcements that were overwritten before this one could be read */
  lost: number
  comm: string
  reason: string
}

// 1 kind=oops time_ns=71213004000 real_ns=… cpu=0 context=task pid=396 … lost=0 comm="sh" reason="Oops"
const line = /^(?<sequence>\d+) (?<words>(?:[a-z_]+=[^ "]+ )+)comm="(?<comm>[^"]*)" reason="(?<reason>[^"]*)"$/

/** Undefined when it is no such line. */
export function parseAnnouncement(text: string): Announcement | undefined {
  const groups = line.exec(text)?.groups
  if (groups === undefined) return undefined
  const words = new Map(
    (groups['words'] ?? '')
      .trim()
      .split(' ')
      .map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const),
  )
  const kind = recordKinds.find(each => each === words.get('kind'))
  const context = recordContexts.find(each => each === words.get('context'))
  const number = (name: string): number => Number(words.get(name) ?? Number.NaN)
  const numbers = {
    sequence: Number(groups['sequence']),
    monotonicUs: number('time_ns') / 1000,
    cpu: number('cpu'),
    pid: number('pid'),
    tgid: number('tgid'),
    uid: number('uid'),
    error: number('error'),
    trap: number('trap'),
    signal: number('signal'),
    lost: number('lost'),
  }
  const pc = words.get('pc') ?? ''
  if (kind === undefined || context === undefined || !/^0x[0-9a-f]+$/.test(pc)) return undefined
  if (!Object.values(numbers).every(Number.isFinite)) return undefined
  return { ...numbers, kind, context, pc, comm: plain(groups['comm']), reason: plain(groups['reason']) }
}

/** Bytes that are not plain stand as \xNN. */
const plain = (quoted = ''): string => {
  if (!quoted.includes('\\')) return quoted
  const bytes = quoted.replaceAll(/\\x(?<hex>[0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return new TextDecoder().decode(Uint8Array.from(bytes, char => char.charCodeAt(0)))
}
