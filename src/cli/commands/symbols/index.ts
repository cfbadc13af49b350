// faultline symbols: the symbols of kernels and modules. To add a sub-command: its file beside this one, a place in the list.

import { exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { build } from './build.ts'
import { extract } from './extract.ts'
import { list } from './list.ts'
import { lookup } from './lookup.ts'
import { member } from './member.ts'
import { prototype } from './prototype.ts'

export const symbols: CommandDefinition = {
  name: 'symbols',
  summary: 'symbols of kernel images and debug files',
  define: () => {},
  commands: [build, lookup, list, extract, member, prototype],
  run: async (_, command) => {
    command.outputHelp()
    return exitCode.trouble
  },
}
