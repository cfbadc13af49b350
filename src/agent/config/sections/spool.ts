// [Spool]: where bundles are kept, and for how long.

import type { Section } from '../key.ts'

export const spoolSection = {
  name: 'Spool',
  doc: 'Where bundles are kept, and for how long. Of what must go, the oldest that was not fatal goes first; the fatal ones and the newest last.',
  keys: [
    {
      name: 'Data',
      type: 'path',
      default: '/var/lib/faultline',
      option: '--data DIR',
      doc: 'Folder of all that Faultline keeps. Bundles are in `bundles` below it, the symbols of each boot in `symbols`.',
    },
    {
      name: 'MaxSize',
      type: 'size',
      default: '1G',
      min: 1024 * 1024,
      option: '--max-size SIZE',
      doc: 'Bytes that all bundles together may have.',
    },
    {
      name: 'MaxCount',
      type: 'integer',
      default: '1000',
      min: 1,
      max: 1_000_000,
      option: '--max-count COUNT',
      doc: 'Bundles that are kept.',
    },
    {
      name: 'MaxAge',
      type: 'duration',
      default: '0',
      min: 0,
      option: '--max-age TIME',
      doc: 'Bundles older than that are removed; 0 keeps them whatever their age.',
    },
    {
      name: 'KeepFree',
      type: 'size',
      default: '64M',
      min: 0,
      option: '--keep-free SIZE',
      doc: 'Bytes that stay free on the file system of the spool: bundles are removed until they are.',
    },
  ],
} as const satisfies Section
