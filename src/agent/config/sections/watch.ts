// [Watch]: what is read and how an exception is cut out of it.

import type { Section } from '../key.ts'

export const watchSection = {
  name: 'Watch',
  doc: 'What the agent reads, and how it cuts an exception out of it.',
  keys: [
    {
      name: 'Source',
      type: 'lines',
      default: 'kernel',
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
    {
      name: 'MaxSenders',
      type: 'integer',
      default: '256',
      min: 1,
      max: 100_000,
      option: '--max-senders COUNT',
      doc: 'Machines that one network source follows at once, each with up to 200 KB of its last words; of more, the one that was silent for longest is forgotten.',
    },
    {
      name: 'Keep',
      type: 'words',
      values: ['panic', 'oops', 'bug', 'warning', 'stall', 'oom', 'hardware', 'user', 'notice'],
      default: 'panic oops bug warning stall oom hardware user',
      option: '--keep SEVERITIES',
      doc: 'Severities of which a bundle is made; the others go to the routes alone.',
    },
    {
      name: 'SameLimit',
      type: 'integer',
      default: '50',
      min: 1,
      max: 1_000_000,
      option: '--same-limit COUNT',
      doc: 'Bundles of one machine’s exceptions with the same fingerprint within SameInterval=; how often it came beyond is told in the last of them.',
    },
    {
      name: 'SameInterval',
      type: 'duration',
      default: '1h',
      min: 0,
      option: '--same-interval TIME',
      doc: 'See SameLimit=; 0: every exception has its bundle, however many there are.',
    },
    {
      name: 'Runtime',
      type: 'path',
      default: '/run/faultline',
      option: '--runtime DIR',
      doc: 'Folder of what is over with the boot: the status, and where the kernel’s log was read to.',
    },
  ],
} as const satisfies Section
