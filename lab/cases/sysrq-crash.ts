import type { Case } from './case.ts'

export const sysrqCrash: Case = {
  name: 'sysrq-crash',
  does: 'asks for a panic by sysrq c',
  crash: 'echo c >/proc/sysrq-trigger',
  ends: 'reboots',
  dumps: 'panic',
  expects: [
    {
      kind: 'panic',
      title: 'kernel panic: sysrq triggered crash',
      comm: 'sh',
      fatal: true,
    },
  ],
  mayAlso: ['sysrq'],
  core: true,
  everyRoad: true,
}
