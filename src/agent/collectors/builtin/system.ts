// The system around the kernel: file systems, network, what was logged.

import type { Collector } from '../collector.ts'

export const mounts: Collector = {
  name: 'mounts',
  doc: 'mounts, file systems, partitions, free space',
  // df asks each file system, and one that hangs would hide the rest: it comes last.
  run: {
    script: `for file in /proc/self/mountinfo /proc/filesystems /proc/partitions /proc/mdstat /proc/fs/ext4/*/options; do
  [ -r "$file" ] && printf '==> %s <==\\n' "$file" && cat "$file"
done
printf '==> df <==\\n'
df -k`,
  },
}

export const network: Collector = {
  name: 'network',
  doc: 'network interfaces and protocol counters',
  run: {
    files: ['/proc/net/dev', '/proc/net/softnet_stat', '/proc/net/snmp', '/proc/net/netstat', '/proc/net/sockstat'],
  },
}

export const kernelLog: Collector = {
  name: 'dmesg',
  doc: 'all that is in the kernel’s ring buffer',
  run: { program: ['dmesg'] },
}

export const journal: Collector = {
  name: 'journal',
  doc: 'the last thousand entries of the journal, or lines of the system’s log',
  run: {
    script: `if command -v journalctl >/dev/null && journalctl -b -n 1000 --no-pager -o short-precise 2>/dev/null; then exit; fi
for file in /var/log/syslog /var/log/messages; do
  [ -r "$file" ] && tail -n 1000 "$file" && exit
done
echo 'neither a journal nor /var/log/syslog nor /var/log/messages can be read'
exit 1`,
  },
}
