// [Collect]: what is taken of the machine's state beside an exception.

import type { Section } from '../key.ts'

export const collectSection = {
  name: 'Collect',
  doc: 'What is taken of the state of the machine beside an exception.',
  keys: [
    {
      name: 'Enabled',
      type: 'boolean',
      default: 'yes',
      option: '--collect YESNO',
      doc: 'Whether collectors run at all.',
    },
    {
      name: 'Skip',
      type: 'words',
      option: '--skip-collectors NAMES',
      doc: 'Collectors that do not run, by their names; `faultline bundles collectors` lists them.',
    },
    {
      name: 'Folder',
      type: 'lines',
      default: '/etc/faultline/collectors.d',
      option: '--collectors-folder DIR',
      doc: 'Folders whose executable files run as collectors too. Files that others than root can write are not run.',
    },
    {
      name: 'Timeout',
      type: 'duration',
      default: '20s',
      min: 100,
      max: 3_600_000,
      option: '--collector-timeout TIME',
      doc: 'After that a collector is ended with all that it has started; what it printed is kept.',
    },
    {
      name: 'MaxOutput',
      type: 'size',
      default: '4M',
      min: 1024,
      max: 1024 ** 3,
      option: '--max-output SIZE',
      doc: 'Bytes kept of what one collector prints.',
    },
    {
      name: 'MaxTotal',
      type: 'size',
      default: '32M',
      min: 1024,
      option: '--max-collection SIZE',
      doc: 'Bytes kept of what all collectors of one exception print.',
    },
    {
      name: 'Concurrency',
      type: 'integer',
      default: '2',
      min: 1,
      max: 64,
      option: '--collectors-at-once COUNT',
      doc: 'Collectors that run at the same time.',
    },
    {
      name: 'Interval',
      type: 'duration',
      default: '1min',
      min: 0,
      option: '--collect-interval TIME',
      doc: 'Least time between two collections, whatever the exceptions; a bundle without one says which bundle has it.',
    },
    {
      name: 'SameInterval',
      type: 'duration',
      default: '1h',
      min: 0,
      option: '--collect-same-interval TIME',
      doc: 'Least time between two collections for exceptions with the same fingerprint.',
    },
  ],
} as const satisfies Section
