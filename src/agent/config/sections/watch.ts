// [Watch]: what is read and how an exception is cut out of it.

import type { Section } from '../key.ts'

export const watchSection = {
  name: 'Watch',
  doc: 'What the agent reads, and how it cuts an exception out of it.',
  keys: [
    {
      name: 'Source',
      type: 'lines',
      default: 'kmsg',
      option: '--source SOURCE',
      doc: 'Where the kernel’s words come from; the key may come several times, for several sources. The manual of `faultline watch` lists the names.',
    },
    {
      name: 'ContextRecords',
      type: 'integer',
      default: '200',
      min: 0,
      max: 100_000,
      option: '--context-records COUNT',
      doc: 'Records kept from before an exception, and as many after it, for the context of its bundle.',
    },
    {
      name: 'Silence',
      type: 'duration',
      default: '1s',
      min: 50,
      max: 60_000,
      option: '--silence TIME',
      doc: 'An exception whose end is not seen is closed after so long without a further line of it.',
    },
  ],
} as const satisfies Section
