// faultline bundles: the exceptions that were kept. To add a sub-command: its file beside this one, a place in the list.

import { exitCode } from '../../exit.ts'
import type { CommandDefinition } from '../../program.ts'

export const bundles: CommandDefinition = {
  name: 'bundles',
  summary: 'the exceptions that were kept: list, show, pack, send, check, remove',
  define: () => {},
  commands: [
    { name: 'list', load: async () => (await import('./list.ts')).list },
    { name: 'show', load: async () => (await import('./show.ts')).show },
    { name: 'export', load: async () => (await import('./export.ts')).exportBundles },
    { name: 'import', load: async () => (await import('./import.ts')).importBundles },
    { name: 'push', load: async () => (await import('./push.ts')).push },
    { name: 'verify', load: async () => (await import('./verify.ts')).verify },
    { name: 'prune', load: async () => (await import('./prune.ts')).prune },
    { name: 'collectors', load: async () => (await import('./collectors.ts')).collectors },
  ],
  run: async (_, command) => {
    command.outputHelp()
    return exitCode.trouble
  },
}
