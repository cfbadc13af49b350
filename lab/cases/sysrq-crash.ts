import type { Case, Expected } from './case.ts'

const expected: Expected = { kind: 'panic', title: 'kernel panic: sysrq triggered crash', fatal: true }

export const sysrqCrash: Case = {
  name: 'sysrq-crash',
  does: 'asks for a panic by sysrq c',
  crash: 'echo c >/proc/sysrq-trigger',
  ends: 'reboots',
  dumps: 'panic',
  expects: [{ ...expected, comm: 'sh' }],
  // Malta's kernel is built without the dump of the stack that a panic usually prints, and with it goes the task's line;
  // Alpha has no CONFIG_DEBUG_BUGVERBOSE, which that belongs to.
  on: { mips64el: { expects: [expected] }, alpha: { expects: [expected] } },
  mayAlso: ['sysrq'],
  core: true,
  everyRoad: true,
}
