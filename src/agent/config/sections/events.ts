// [Events]: the kernel's moments beside its words.

import { eventKinds } from '../../../core/event.ts'
import type { Section } from '../key.ts'

export const eventsSection = {
  name: 'Events',
  doc: 'The flight recorder: kernel events (`faultline events`) of the last seconds, kept in memory and put into the bundle of an exception.',
  keys: [
    {
      name: 'Kinds',
      type: 'words',
      default: eventKinds.filter(kind => kind !== 'signal' && kind !== 'exit').join(' '),
      option: '--event-kinds KINDS',
      doc: 'Kinds of events that are recorded; an empty value records none and traces nothing. `signal` and `exit` come by the thousand on a busy machine.',
    },
    {
      name: 'Probe',
      type: 'lines',
      option: '--event-probe FUNCTION',
      doc: 'A kernel function whose calls are recorded too, as `faultline probe` takes it: `vfs_open(path->dentry->d_name.name)`. The key may come several times.',
    },
    {
      name: 'Before',
      type: 'duration',
      default: '30s',
      min: 100,
      max: 3_600_000,
      option: '--events-before TIME',
      doc: 'How long before an exception its events begin.',
    },
    {
      name: 'MaxEvents',
      type: 'integer',
      default: '10000',
      min: 1,
      max: 1_000_000,
      option: '--max-events COUNT',
      doc: 'Events kept in memory; the oldest go first.',
    },
    {
      name: 'Buffer',
      type: 'size',
      default: '512K',
      min: 16_384,
      max: 1024 ** 3,
      option: '--events-buffer SIZE',
      doc: 'Of the kernel’s trace buffer, for each CPU.',
    },
  ],
} as const satisfies Section
