// faultline symbols: the symbols of kernels and modules. To add a sub-command: its file beside this one, a place in the list.

import { exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'

export const symbols: CommandDefinition = {
  name: 'symbols',
  summary: 'symbols of kernel images and debug files',
  define: () => {},
  commands: [
    { name: 'build', load: async () => (await import('./build.ts')).build },
    { name: 'lookup', load: async () => (await import('./lookup.ts')).lookup },
    { name: 'list', load: async () => (await import('./list.ts')).list },
    { name: 'extract', load: async () => (await import('./extract.ts')).extract },
    { name: 'member', load: async () => (await import('./member.ts')).member },
    { name: 'prototype', load: async () => (await import('./prototype.ts')).prototype },
  ],
  run: async (_, command) => {
    command.outputHelp()
    return exitCode.trouble
  },
}
