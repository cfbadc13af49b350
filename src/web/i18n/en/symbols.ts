// Symbols: what there is, what is missing, and how it comes.

import { plural } from './words.ts'

export const symbols = {
  title: 'Symbols',
  drop: 'Drop vmlinux, System.map, kernel images, module debug files or Debian packages here',
  choose: 'Choose files…',
  hint: 'Reports of the same kernel gain lines of source by them, old ones too.',
  uploading: (name: string, percent: number): string => `${name}: ${percent} %`,
  reading: 'is being read',
  known: (name: string): string => `${name} is here already`,
  failed: (name: string, why: string): string => `${name}: ${why}`,
  files: 'Files',
  none: 'There are no symbols yet.',
  states: { waiting: 'is being read', ready: 'used', failed: 'cannot be used' },
  objects: (count: number): string => plural(count, 'object'),
  remove: (name: string): string => `Remove ${name}`,
  coverage: 'Coverage',
  columns: {
    release: 'Kernel',
    reports: 'Reports',
    placed: 'With lines',
    has: 'Objects',
    missing: 'Asked for in vain',
  },
  lacking: 'no symbols',
  of: (done: number, all: number): string => `${done} of ${all}`,
  noReports: 'There is no report yet.',
}
