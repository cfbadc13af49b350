// No memory left.

import type { Case, Expected } from './case.ts'

const killed: Expected = { kind: 'oom-kill', title: 'Out of memory: killed tail', fatal: false }

/** tail keeps a line until it ends, and this one never does. */
const eats = 'tail /dev/zero'

export const outOfMemory: readonly Case[] = [
  {
    name: 'oom',
    does: 'eats all memory',
    crash: `${eats}; sleep 1`,
    ends: 'lives',
    seconds: 20,
    expects: [killed],
    // The killed one may be told on its way out that it gets no page, and netconsole in the middle of the report: then the
    // kernel's last lines stand by themselves.
    mayAlso: ['page-allocation', 'oom-kill'],
    core: true,
  },
  {
    name: 'oom-cgroup',
    does: 'eats all memory that a control group may have',
    crash: `mkdir -p /tmp/groups; mount -t cgroup2 groups /tmp/groups; mkdir /tmp/groups/small
echo +memory >/tmp/groups/cgroup.subtree_control
echo 16M >/tmp/groups/small/memory.max
sh -c 'echo $$ >/tmp/groups/small/cgroup.procs; exec ${eats}'
sleep 1`,
    ends: 'lives',
    expects: [{ ...killed, title: 'Memory cgroup out of memory: killed tail', comm: 'tail' }],
  },
  {
    name: 'oom-panic',
    does: 'eats all memory of a kernel that panics for it',
    crash: `echo 1 >/proc/sys/vm/panic_on_oom; ${eats}; sleep 5`,
    ends: 'reboots',
    dumps: 'panic',
    seconds: 20,
    expects: [{ kind: ['oom-kill', 'panic'], title: /[Oo]ut of memory/, fatal: true }],
  },
]
