// faultline users: who may log in to the server. To add a sub-command: its file beside this one, a place in the list.

import { exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'

export const users: CommandDefinition = {
  name: 'users',
  summary: 'who may log in to the server of this machine',
  define: () => {},
  commands: [
    { name: 'add', load: async () => (await import('./add.ts')).add },
    { name: 'list', load: async () => (await import('./list.ts')).list },
    { name: 'remove', load: async () => (await import('./remove.ts')).remove },
    { name: 'set-password', load: async () => (await import('./set-password.ts')).setPassword },
    { name: 'set-role', load: async () => (await import('./set-role.ts')).setRole },
  ],
  run: async (_, command) => {
    command.outputHelp()
    return exitCode.trouble
  },
}
