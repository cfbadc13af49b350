// Halt, restart, power-off and kexec: who asked is the running task.

import type { EventKindName } from '../../../core/event.ts'
import type { RecordKind } from '../../../core/formats/crash-window/records.ts'
import { type EventKind, type EventSource, type TracedSource, textOf } from '../kind.ts'

/** include/uapi/linux/reboot.h */
const commands: Readonly<Record<number, { kind: EventKindName; name: string }>> = {
  19088743: { kind: 'restart', name: 'RESTART' },
  3454992675: { kind: 'halt', name: 'HALT' },
  1126301404: { kind: 'power-off', name: 'POWER_OFF' },
  2712847316: { kind: 'restart', name: 'RESTART2' },
  1163412803: { kind: 'kexec', name: 'KEXEC' },
}

/** The system call, where functions cannot be probed; Ctrl-Alt-Del, sysrq and thermal shutdowns do not come this way. */
const call = (kind: EventKindName): TracedSource => ({
  tracepoint: 'syscalls/sys_enter_reboot',
  tell: record => {
    const command = commands[Number(BigInt.asUintN(32, BigInt(String(record.field('cmd') ?? 0))))]
    return command?.kind === kind ? { details: { command: command.name } } : undefined
  },
})

/** Each way to it: told by the kernel module, else by a probe on its function, else by the system call. */
type Way = Omit<TracedSource, 'announced'> & { announced?: RecordKind }

function ending(kind: EventKindName, what: string, ways: readonly Way[]): EventKind {
  return {
    name: kind,
    what,
    sources: ways.map(({ announced, ...probed }) => [
      ...(announced === undefined ? [] : [moduleSays(announced)]),
      probed,
      call(kind),
    ]),
  }
}

const moduleSays = (announced: RecordKind): EventSource => ({
  announced,
  tell: ({ reason }) => ({
    details: {
      orderly: announced !== 'emergency',
      ...(announced === 'restart' && reason !== '' ? { word: reason } : {}),
    },
  }),
})

export const restart = ending(
  'restart',
  'the kernel is about to restart: by whom, with which word, in order or at once',
  [
    {
      // kernel/reboot.c
      announced: 'restart',
      probe: { function: 'kernel_restart', fetch: 'word=+0($arg1):string' },
      tell: record => {
        const word = textOf(record, 'word')
        return {
          details: { orderly: true, ...(word === undefined || word === '(fault)' || word === '' ? {} : { word }) },
        }
      },
    },
    {
      announced: 'emergency',
      probe: { function: 'emergency_restart' },
      tell: () => ({ details: { orderly: false } }),
    },
  ],
)

export const halt = ending('halt', 'the kernel is about to halt: by whom', [
  { announced: 'halt', probe: { function: 'kernel_halt' }, tell: () => ({ details: { orderly: true } }) },
])

export const powerOff = ending('power-off', 'the kernel is about to switch the machine off: by whom', [
  { announced: 'power-off', probe: { function: 'kernel_power_off' }, tell: () => ({ details: { orderly: true } }) },
])

export const kexec = ending('kexec', 'another kernel is about to be entered', [
  { probe: { function: 'kernel_kexec' }, tell: () => ({ details: { orderly: true } }) },
])
