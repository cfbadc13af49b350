// Roads that a reader in the living guest takes: the kernel's three interfaces to its ring buffer.

import type { FinishedBoot, Road } from './road.ts'

const one = (name: string, path: string) => (run: FinishedBoot) => {
  const bytes = run.sent(path)
  return bytes === undefined ? [] : [{ name, bytes }]
}

/**
 * Documentation/ABI/testing/dev-kmsg: a record a read. Where records were overwritten before they could be read, one read
 * fails with EPIPE, and the next goes on behind the gap: the descriptor stays, its reader is begun anew.
 */
export const kmsg: Road = {
  name: 'kmsg',
  what: 'records of /dev/kmsg, read as they come',
  sees: 'alive',
  open: () => ({
    prepare: '(while :; do dd bs=8192 2>/dev/null; done) </dev/kmsg >/tmp/kmsg & kmsg_reader=$!',
    afterCrash: 'sleep 1; kill $kmsg_reader; send /tmp/kmsg',
    evidence: one('kmsg', '/tmp/kmsg'),
  }),
}

/** proc(5): what the kernel prints, consumed by its one reader. */
export const procKmsg: Road = {
  name: 'proc-kmsg',
  what: '/proc/kmsg, read as it comes',
  sees: 'alive',
  open: () => ({
    prepare: 'cat /proc/kmsg >/tmp/proc-kmsg & proc_reader=$!',
    afterCrash: 'sleep 1; kill $proc_reader; send /tmp/proc-kmsg',
    evidence: one('proc-kmsg', '/tmp/proc-kmsg'),
  }),
}

/** syslog(2), SYSLOG_ACTION_READ_ALL, with the level prefixes. */
export const syslog: Road = {
  name: 'syslog',
  what: 'the whole ring buffer by syslog(2)',
  sees: 'alive',
  open: () => ({
    afterCrash: 'dmesg -r -s 1048576 >/tmp/syslog; send /tmp/syslog',
    evidence: one('syslog', '/tmp/syslog'),
  }),
}
