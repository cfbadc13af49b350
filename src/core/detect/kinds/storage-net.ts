// File systems, block devices, network watchdog: errors that the subsystem's own words name.

import type { KindRow } from '../row.ts'

export const storageAndNet: readonly KindRow[] = [
  {
    // fs/ext4/super.c __ext4_error(): "EXT4-fs error (device sda1): ext4_lookup:1706: inode #2: comm ls: deleted inode…"
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?<fs>EXT[234])-fs error \(device (?<device>[^)]{1,64})\)(?: in)?:? ?(?:in )?(?<function>[a-z_]\w*)(?::\d+)?\b/,
    needles: ['-fs error'],
    title: '{fs}-fs error in {header}',
    trace: 'maybe',
    line: true,
    example: 'EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading directory lblock 0',
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?<fs>EXT[234])-fs (?:error|\([^)]{1,64}\): (?:error|failed to convert|Remounting filesystem read-only|previous I\/O error|This should not happen|Delayed block allocation failed|Journal has aborted|Detected aborted journal|delayed block allocation failed))/,
    needles: ['-fs error', '-fs ('],
    title: '{fs}-fs error',
    phase: 'aftermath',
    trace: 'never',
    line: true,
    example: 'EXT4-fs (sda1): Remounting filesystem read-only',
  },
  {
    // fs/xfs/xfs_error.c
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^XFS \((?<device>[^)]{1,64})\): (?:Metadata (?:CRC error|corruption) detected at|Internal error .{1,200} at|Corruption (?:detected|of in-memory data).*?(?: at|\())[^a-z]{0,4}(?<function>[a-z_]\w*)?/,
    needles: ['XFS ('],
    title: ['XFS corruption in {header}', 'XFS corruption'],
    trace: 'maybe',
    example:
      'XFS (sda1): Metadata corruption detected at xfs_inode_buf_verify+0x12c/0x180 [xfs], xfs_inode block 0x40 xfs_inode_buf_verify',
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^XFS(?: \((?<device>[^)]{1,64})\))?: (?:Corruption|Filesystem has been shut down|xfs_do_force_shutdown|log I\/O error|I\/O [Ee]rror|metadata I\/O error|User initiated shutdown|writeback error|Assertion failed|page discard|Unmount and run xfs_repair|.{1,60}shutting down filesystem)/i,
    needles: ['XFS (', 'XFS: '],
    title: 'XFS corruption',
    phase: 'aftermath',
    trace: 'maybe',
    line: true,
    example: 'XFS (dm-0): Filesystem has been shut down due to log error (0x2).',
  },
  {
    // fs/btrfs/messages.c: "BTRFS error (device sda1): …", "BTRFS critical (device sda1 state EA): …", "BTRFS: error (device x) in fn:123: errno=-5"
    kind: 'filesystem',
    severity: 'bug',
    opens: /^BTRFS:? (?<level>error|critical|emergency|alert)(?: \(device (?<device>[^)]{1,64})\))?/,
    needles: ['BTRFS'],
    title: 'BTRFS {level}',
    trace: 'maybe',
    line: true,
    example: 'BTRFS error (device sda1): parent transid verify failed on 30441472 wanted 7 found 5',
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?:(?<fs>JBD2?|F2FS-fs|FAT-fs|NILFS|NILFS2|OCFS2|SQUASHFS|UBIFS|JFFS2|REISERFS|JFS|HFS|hfsplus|UDF-fs|NTFS-fs|ntfs3|exFAT-fs|GFS2|EROFS|CIFS|overlayfs|ISOFS|bcachefs|ReiserFS|UBI|ocfs2|Minix-fs|ADFS-fs|BFS-fs|VFS|romfs|befs|ERROR:))(?: \([^)]{1,64}\)| \S{1,24})?:? ?(?:error|Error|ERROR|error:|critical|fatal|corruption|corrupted|aborting journal|Aborting journal|Detected IO errors|Invalid argument|unable to read|.{0,40}(?:Aborting journal|journal has aborted|Filesystem has been set read-only|file system is now forced to be read-only|Filesystem panic|bad entry in directory|error while|remounting read-only|switched to read-only))\b/,
    needles: [
      'JBD',
      '-fs',
      'NILFS',
      'OCFS2',
      'SQUASHFS',
      'UBIFS',
      'JFFS2',
      'REISERFS',
      'ReiserFS',
      'JFS',
      'ntfs3',
      'GFS2',
      'EROFS',
      'bcachefs',
      'UBI error',
      'hfsplus',
      'ocfs2',
      'OCFS2: ERROR',
    ],
    title: '{fs} error',
    trace: 'maybe',
    line: true,
    example: 'JBD2: Detected IO errors while flushing file data on sda1-8',
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?:Aborting journal on device (?<device>\S+?)\.?$|(?:FAT|MSDOS)-fs.{0,20}: error|FAT-fs \([^)]{1,32}\): (?:error|Filesystem has been set read-only))/,
    needles: ['Aborting journal', '-fs'],
    title: ['journal aborted on {device}', 'FAT-fs error'],
    trace: 'never',
    line: true,
    example: 'Aborting journal on device sda1-8.',
  },
  {
    // block/blk-core.c blk_print_req_error(); before 4.x end_request(), blk_update_request()
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:blk_update_request: |end_request: |print_req_error: )?(?:I\/O|critical (?:target|medium|nexus|space allocation)|protection|timeout|recoverable transport|operation not supported|cold-?boot) error, dev (?<device>[\w!-]+), sector (?<sector>\d+)/,
    needles: [' error, dev '],
    title: 'I/O error on {device}',
    trace: 'never',
    line: true,
    example: 'blk_update_request: I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0',
  },
  {
    // fs/buffer.c buffer_io_error()
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:[Bb]uffer I\/O error|lost (?:page|async page|sync page) write due to I\/O error|Buffer I\/O error) on (?:dev(?:ice)? )?(?<device>[\w!-]+)/,
    needles: ['uffer I/O error', 'write due to I/O error'],
    title: 'I/O error on {device}',
    trace: 'never',
    line: true,
    example: 'Buffer I/O error on dev sda1, logical block 0, async page read',
  },
  {
    // drivers/ata/libata-eh.c ata_eh_link_report(); drivers/nvme/host/pci.c; drivers/md
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?<device>ata\d+(?:\.\d+)?): (?:exception Emask|failed command|hard resetting link|SError:)|^nvme (?<nvme>nvme\d+): (?:controller is down; will reset|I\/O \d+ .{0,60}timeout, |Removing after probe failure|Abort status)|^md\/(?:raid\S*): ?(?:\S+: )?Disk failure on (?<disk>\w+)|^(?:sd|mmcblk|mmc)\S* .{0,30}\[(?<scsi>sd\w+)\] (?:tag#\d+ )?FAILED Result/,
    needles: [
      'exception Emask',
      ': failed command',
      ': controller is down',
      'timeout, ',
      'Disk failure on',
      'FAILED Result',
      'hard resetting link',
    ],
    title: ['I/O error on {device}', 'I/O error on {nvme}', 'I/O error on {disk}', 'I/O error on {scsi}'],
    trace: 'never',
    more: /^(?:ata\d|sd |nvme )/,
    example: 'ata1.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x0',
  },
  {
    // net/sched/sch_generic.c dev_watchdog(): since 2.6.38 behind a WARNING at sch_generic.c; 2.4 alone
    kind: 'netdev-watchdog',
    severity: 'warning',
    opens:
      /^(?:\S+ \S+ )?NETDEV WATCHDOG: (?:CPU: \d+: )?(?<device>[^\s:(]+) ?(?:\((?<driver>[^)]{1,64})\))?:? (?:\S+ )?(?:transmit (?:queue \d+ )?timed out|transmit timed out)/,
    needles: ['NETDEV WATCHDOG'],
    title: ['NETDEV WATCHDOG: {driver} transmit timed out', 'NETDEV WATCHDOG: {device} transmit timed out'],
    phase: 'preamble',
    trace: 'maybe',
    example: 'NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out',
  },
]
