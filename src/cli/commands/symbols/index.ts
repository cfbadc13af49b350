// faultline symbols: the symbols of kernels and modules. To add a sub-command: its file beside this one, a place in the list.

import { exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'
import { extract } from './extract.ts'

export const symbols: CommandDefinition = {
  name: 'symbols',
  summary: 'symbols of kernel images and debug files',
  define: () => {},
  commands: [extract],
  run: async (_, command) => {
    command.outputHelp()
    return exitCode.trouble
  },
}
