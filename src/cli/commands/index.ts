// Every command of faultline. To add one: write its file beside this one, list it here. The order is that of the help.

import type { CommandEntry } from '../program.ts'

export const commands: readonly CommandEntry[] = [
  { name: 'decode', load: async () => (await import('./decode.ts')).decode },
  { name: 'watch', load: async () => (await import('./watch.ts')).watch },
  { name: 'events', load: async () => (await import('./events.ts')).events },
  { name: 'probe', load: async () => (await import('./probe.ts')).probe },
  { name: 'recover', load: async () => (await import('./recover.ts')).recover },
  { name: 'why-reboot', load: async () => (await import('./why-reboot.ts')).why },
  { name: 'doctor', load: async () => (await import('./doctor.ts')).doctor },
  { name: 'drill', load: async () => (await import('./drill.ts')).drill },
  { name: 'bundles', load: async () => (await import('./bundles/index.ts')).bundles },
  { name: 'config', load: async () => (await import('./config/index.ts')).config },
  { name: 'stacktrace', load: async () => (await import('./stacktrace.ts')).stacktrace },
  { name: 'disassemble', load: async () => (await import('./disassemble.ts')).disassemble },
  { name: 'symbols', load: async () => (await import('./symbols/index.ts')).symbols },
  { name: 'dmesg', load: async () => (await import('./dmesg.ts')).dmesg },
  { name: 'serve', load: async () => (await import('./serve.ts')).serve },
  { name: 'users', load: async () => (await import('./users/index.ts')).users },
  { name: 'backup', load: async () => (await import('./backup.ts')).backup },
  { name: 'restore', load: async () => (await import('./restore.ts')).restore },
  { name: 'up', load: async () => (await import('./up.ts')).up },
  { name: 'schema', load: async () => (await import('./schema.ts')).schema },
  { name: 'completions', load: async () => (await import('./completions.ts')).completions },
]
