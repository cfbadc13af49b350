// Restart, halt, power-off, sysrq. kernel/reboot.c ("reboot: " since 3.11), drivers/tty/sysrq.c.

import type { KindRow } from '../row.ts'

const sysrq = (words: string): RegExp => new RegExp(String.raw`^(?:sysrq: (?:SysRq : )?|SysRq : )${words}\s*$`)

export const lifecycle: readonly KindRow[] = [
  {
    // arch/x86/boot/compressed/misc.c: a kernel starts; in the middle of a log that nothing ended in an orderly way
    kind: 'restart',
    severity: 'panic',
    opens: /^Booting the kernel\.\s*$/,
    needles: ['Booting the kernel.'],
    title: 'unexpected kernel reboot',
    trace: 'never',
    line: true,
    phase: 'reboot',
    fatal: true,
    example: 'Booting the kernel.',
  },
  {
    kind: 'restart',
    severity: 'notice',
    opens: /^(?:reboot: |\d+: )?Restarting system(?: with command '(?<command>[^']{0,200})')?\.?\s*$/,
    needles: ['Restarting system'],
    title: 'Restarting system',
    trace: 'never',
    more: /^reboot: machine restart/,
    line: true,
    phase: 'aftermath',
    example: 'reboot: Restarting system',
  },
  {
    // (4.0 to 4.20 said it twice: "sysrq: SysRq : Resetting")
    kind: 'restart',
    severity: 'notice',
    opens: sysrq('Resetting'),
    needles: ['sysrq: Resetting', 'SysRq : Resetting'],
    title: 'Restarting system',
    trace: 'never',
    line: true,
    phase: 'aftermath',
    example: 'sysrq: Resetting',
  },
  {
    kind: 'restart',
    severity: 'notice',
    opens: /^(?:reboot: )?machine restart\s*$/,
    needles: ['machine restart'],
    title: 'Restarting system',
    trace: 'never',
    line: true,
    phase: 'aftermath',
    example: 'reboot: machine restart',
  },
  {
    kind: 'halt',
    severity: 'notice',
    opens: /^(?:reboot: )?System halted\.?\s*$/,
    needles: ['System halted'],
    title: 'System halted',
    trace: 'never',
    line: true,
    phase: 'aftermath',
    example: 'reboot: System halted',
  },
  {
    kind: 'power-off',
    severity: 'notice',
    opens: /^(?:reboot: )?Power down\.?\s*$|^(?:sysrq: (?:SysRq : )?|SysRq : )Power Off\s*$/,
    needles: ['Power down', 'sysrq: Power Off', 'SysRq : Power Off'],
    title: 'Power down',
    trace: 'never',
    line: true,
    phase: 'aftermath',
    example: 'reboot: Power down',
  },
  {
    // the crash that was asked for comes right behind it, and takes this line along
    kind: 'sysrq',
    severity: 'notice',
    opens: sysrq('Trigger a crash(?:dump)?'),
    needles: ['Trigger a crash'],
    title: 'sysrq: Trigger a crash',
    phase: 'preamble',
    trace: 'never',
    example: 'sysrq: Trigger a crash',
  },
  {
    // what changes the machine; "Show …", "HELP", "Changing Loglevel" only look
    kind: 'sysrq',
    severity: 'notice',
    opens: sysrq(
      '(?<action>Emergency (?:Sync|Remount R/O|Thaw of all frozen filesystems)|(?:Terminate|Kill) All Tasks|Manual OOM execution|Kill Process|Nice All RT Tasks|SAK)',
    ),
    needles: ['sysrq: ', 'SysRq : '],
    title: 'sysrq: {action}',
    trace: 'never',
    more: /^Emergency (?:Sync|Remount|Thaw) complete|^Manual OOM|^OOM request/,
    line: true,
    example: 'sysrq: Emergency Sync',
  },
]
