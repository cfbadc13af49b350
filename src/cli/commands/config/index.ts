// faultline config: what the configuration says. To add a sub-command: its file beside this one, a place in the list.

import { exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'

export const config: CommandDefinition = {
  name: 'config',
  summary: 'the configuration: mistakes in it, and what is in force',
  define: () => {},
  commands: [
    { name: 'check', load: async () => (await import('./check.ts')).check },
    { name: 'show', load: async () => (await import('./show.ts')).show },
    { name: 'import-syslog', load: async () => (await import('./import-syslog.ts')).importSyslogCommand },
  ],
  run: async (_, command) => {
    command.outputHelp()
    return exitCode.trouble
  },
}
