// Oopses, warnings and panics from the kernel's own entry points, before their text.

import { addressOf, type EventKind, textOf } from '../kind.ts'

export const oops: EventKind = {
  name: 'oops',
  what: 'the kernel begins an oops (kernel/panic.c, oops_enter()); with the kernel module also where and why',
  sources: [
    [{ probe: { function: 'oops_enter' }, tell: () => ({ details: { stage: 'begins' } }) }],
    [
      {
        // The chain of oopses is called when the registers and the trace have been printed.
        announced: 'oops',
        tell: ({ reason, context, pc, error, trap, signal, sequence }) => ({
          details: { stage: 'told', reason, context, pc, error, trap, signal, record: sequence },
        }),
      },
    ],
  ],
}

const detectors = ['kfence', 'kasan', 'warning'] as const

export const warning: EventKind = {
  name: 'warning',
  what: 'a WARN() with its place, or a report of KASAN or KFENCE',
  sources: [
    [
      {
        // kernel/panic.c: __warn(file, line, caller, taint, regs, args)
        probe: { function: '__warn', fetch: 'file=+0($arg1):string line=$arg2:s32 caller=$arg3:x64' },
        tell: record => {
          const file = textOf(record, 'file')
          const line = record.field('line')
          const caller = addressOf(record.field('caller'))
          return {
            details: {
              detector: 'warning',
              ...(file === undefined || file === '(fault)' ? {} : { file, line: Number(line) }),
              ...(caller === undefined ? {} : { caller }),
            },
          }
        },
      },
    ],
    [
      {
        // include/trace/events/error_report.h; warnings are told above, where functions can be probed
        tracepoint: 'error_report/error_report_end',
        tell: record => {
          const detector = detectors[Number(record.field('error_detector'))]
          const id = addressOf(record.field('id'))
          return { details: { detector: detector ?? 'unknown', stage: 'told', ...(id === undefined ? {} : { id }) } }
        },
      },
    ],
  ],
}

export const panic: EventKind = {
  name: 'panic',
  what: 'panic() was called, with its format; nobody may live to read it, unless the trace is kept',
  sources: [
    [
      {
        probe: { function: 'vpanic', fetch: 'format=+0($arg1):string' },
        tell: record => ({ details: { format: textOf(record, 'format') ?? '' } }),
      },
      {
        probe: { function: 'panic', fetch: 'format=+0($arg1):string' },
        tell: record => ({ details: { format: textOf(record, 'format') ?? '' } }),
      },
    ],
  ],
}
