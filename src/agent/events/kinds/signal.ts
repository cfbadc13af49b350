import type { EventFilter, EventKind } from '../kind.ts'
import { addressOf, numberOf, textOf } from '../kind.ts'
import { codeName, signalName } from '../signals.ts'

/** enum in include/trace/events/signal.h */
const results = ['delivered', 'ignored', 'already-pending', 'overflow-failed', 'overflow-lost-info'] as const

const filter = ({ signals }: EventFilter): string | undefined =>
  signals === undefined ? undefined : [...signals].map(signal => `sig==${signal}`).join('||')

/** include/trace/events/signal.h: the sender is who was running, which is in an interrupt nobody in particular. */
export const signal: EventKind = {
  name: 'signal',
  what: 'a signal that was sent, and one that reached its process: number, reason, sender, receiver, handler',
  sources: [
    [
      {
        tracepoint: 'signal/signal_generate',
        filter,
        tell: record => {
          const number = numberOf(record, 'sig')
          return {
            details: {
              stage: 'generated',
              signal: { number, name: signalName(number) },
              code: codeName(number, numberOf(record, 'code')),
              receiver: { pid: numberOf(record, 'pid'), comm: textOf(record, 'comm') ?? '' },
              to: numberOf(record, 'group') === 0 ? 'thread' : 'process',
              result: results[numberOf(record, 'result')] ?? String(numberOf(record, 'result')),
            },
          }
        },
      },
    ],
    [
      {
        tracepoint: 'signal/signal_deliver',
        filter,
        tell: (record, { tasks }) => {
          const number = numberOf(record, 'sig')
          const handler = record.field('sa_handler')
          const { comm = '' } = tasks.get(record.pid)
          return {
            details: {
              stage: 'delivered',
              signal: { number, name: signalName(number) },
              code: codeName(number, numberOf(record, 'code')),
              receiver: { pid: record.pid, comm },
              handler:
                Number(handler) === 0 ? 'default' : Number(handler) === 1 ? 'ignore' : (addressOf(handler) ?? ''),
            },
          }
        },
      },
    ],
  ],
}
