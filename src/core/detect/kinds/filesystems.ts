// File systems that found damage, or lost the device below them: in each one's own words. What only tells of a mount, a
// recovery or a doubtful option is no report.

import type { KindRow } from '../row.ts'

/** "(sda1)", "(device dm-0)", "(device sda1 state EA)" */
const device = String.raw`\((?:device )?(?<device>[^)\s]{1,64})[^)]{0,32}\)`

/** What follows an error of the same file system: its journal stops, it becomes read-only. */
const extLines =
  /^(?:EXT[234]-fs (?:error |\([^)]{1,64}\): (?:Remounting|error|previous I\/O error))|ext[34]_abort called|Aborting journal on|JBD2?: |Remounting filesystem read-only|Journal has aborted)/
const xfsLines =
  /^XFS \([^)]{1,64}\): (?:Please u(?:n)?mount|Corruption|xfs_do_force_shutdown|Filesystem has been shut down|log I\/O error|metadata I\/O error|Log I\/O Error|First \d+ bytes|Unmount and run|[0-9a-f]{8})/

export const filesystems: readonly KindRow[] = [
  {
    // fs/ext4/super.c __ext4_error(): "EXT4-fs error (device sda1): ext4_lookup:1706: inode #2: comm ls: deleted inode…"
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?<fs>EXT[234])-fs error \(device (?<device>[^\s)]{1,64}(?:\([^)]{1,16}\))?)\)(?: in)?:? ?(?:in )?(?<function>[a-z_]\w*)(?::\d+)?\b/,
    needles: ['-fs error'],
    title: '{fs}-fs error in {header}',
    trace: 'maybe',
    more: extLines,
    line: true,
    example: 'EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading directory lblock 0',
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?<fs>EXT[234])-fs (?:error|\([^)]{1,64}\): (?:error|failed to convert|Remounting filesystem read-only|previous I\/O error|This should not happen|Journal has aborted|Detected aborted journal|[dD]elayed block allocation failed))/,
    needles: [
      '-fs error',
      'Remounting filesystem read-only',
      'previous I/O error to super',
      'elayed block allocation failed',
      '): error',
      '): failed to convert',
      'This should not happen!!',
      'ournal has aborted',
      'Detected aborted journal',
    ],
    title: '{fs}-fs error',
    phase: 'aftermath',
    trace: 'never',
    more: extLines,
    line: true,
    example: 'EXT4-fs (sda1): Remounting filesystem read-only',
    also: [
      'EXT4-fs (sda1): failed to convert unwritten extents to written extents -- potential data loss!  (inode 12, error -5)',
      'EXT4-fs (sda1): This should not happen!! Data will be lost',
    ],
  },
  {
    // fs/jbd2/journal.c, fs/jbd2/commit.c, fs/jbd
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?:(?<fs>JBD2?): (?:Error -?\d+ detected|I\/O error|Detected IO errors|Spotted dirty metadata|.{0,60}corrupt)|journal commit I\/O error)/,
    needles: ['JBD2: ', 'JBD: ', 'journal commit I/O error'],
    title: ['{fs} error', 'JBD error'],
    trace: 'maybe',
    more: extLines,
    line: true,
    example: 'JBD2: Detected IO errors while flushing file data on sda1-8',
    also: ['JBD: Detected IO errors while flushing file data on sda1'],
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens: /^Aborting journal on device (?<device>\S{1,64}?)\.?\s*$/,
    needles: ['Aborting journal on device'],
    title: 'journal aborted on {device}',
    trace: 'never',
    more: extLines,
    line: true,
    example: 'Aborting journal on device sda1-8.',
  },
  {
    // fs/xfs/xfs_error.c; before 2.6.39 "XFS internal error … at line 1546 of file fs/xfs/xfs_alloc.c.  Caller 0x…"
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^XFS \((?<device>[^)]{1,64})\): (?:Metadata (?:CRC error|corruption) detected at|Internal error .{1,200} at|Corruption (?:detected|of in-memory data).*?(?: at|\())[^a-z]{0,4}(?<function>[a-z_]\w*)?/,
    needles: ['corruption detected at', 'CRC error detected at', 'Internal error ', ': Corruption '],
    title: ['XFS corruption in {header}', 'XFS corruption'],
    trace: 'maybe',
    more: xfsLines,
    example:
      'XFS (sda1): Metadata corruption detected at xfs_inode_buf_verify+0x12c/0x180 [xfs], xfs_inode block 0x40 xfs_inode_buf_verify',
    also: ['XFS (sda1): Metadata CRC error detected at xfs_agf_read_verify+0x5b/0x80 [xfs], xfs_agf block 0x1'],
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?:Filesystem "(?<device>[^"]{1,64})": )?(?:XFS internal error |xfs_force_shutdown\((?<on>[^,)]{1,64}),0x[0-9a-f]+\) called from )/,
    needles: ['XFS internal error ', 'xfs_force_shutdown('],
    title: ['XFS corruption in {function}', 'XFS corruption'],
    culprit: { ways: [['trace']], skip: /xfs_error_report|xfs_corruption_error|xfs_do_force_shutdown/ },
    trace: 'maybe',
    more: xfsLines,
    example:
      'XFS internal error XFS_WANT_CORRUPTED_GOTO at line 1546 of file fs/xfs/xfs_alloc.c.  Caller 0xffffffffa0a1b2c3',
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^XFS(?: \((?<device>[^)]{1,64})\))?: (?:Corruption|Filesystem has been shut down|xfs_do_force_shutdown|log I\/O error|I\/O error|metadata I\/O error|User initiated shutdown|writeback error|Assertion failed|page discard|Unmount and run xfs_repair|.{1,60}shutting down filesystem)/i,
    needles: [
      'as been shut down due',
      'xfs_do_force_shutdown',
      'log I/O error',
      'metadata I/O error',
      ': I/O error',
      ': I/O Error',
      'User initiated shutdown',
      'writeback error',
      ': Corruption ',
      'Assertion failed',
      'page discard on',
      'Unmount and run xfs_repair',
      'hutting down filesystem',
    ],
    title: 'XFS corruption',
    phase: 'aftermath',
    trace: 'maybe',
    line: true,
    more: xfsLines,
    example: 'XFS (dm-0): Filesystem has been shut down due to log error (0x2).',
    also: [
      'XFS (dm-1): I/O Error Detected. Shutting down filesystem: dm-1',
      'XFS (sda1): User initiated shutdown received. Shutting down filesystem',
      'XFS (dm-0): writeback error on sector 123456',
      'XFS (sda1): page discard on page 00000000a1b2c3d4, inode 0x83, offset 4096.',
      'XFS: Assertion failed: fs_is_ok, file: fs/xfs/libxfs/xfs_alloc.c, line: 412',
    ],
  },
  {
    // fs/btrfs/messages.c: "BTRFS critical (device sda1 state EA): …", "BTRFS: error (device x) in fn:123: errno=-5 …"; of the
    // warnings only those of broken checksums
    kind: 'filesystem',
    severity: 'bug',
    opens: new RegExp(
      `^BTRFS:? (?:(?<level>error|critical|emergency|alert|panic)(?: ${device})?|warning \\(device [^)]{1,64}\\): (?:csum failed|checksum (?:error|verify failed)|csum hole found))`,
    ),
    needles: [
      'BTRFS error',
      'BTRFS: error',
      'BTRFS critical',
      'BTRFS emergency',
      'BTRFS alert',
      'BTRFS panic',
      'BTRFS warning',
    ],
    title: 'BTRFS error',
    altTitles: ['BTRFS {level}'],
    trace: 'maybe',
    more: /^BTRFS(?: error|: error| critical| warning \(device [^)]{1,64}\): (?:csum|checksum)| info \(device [^)]{1,64}\): forced readonly)|^(?:btrfs: )?(?:parent transid|csum failed)|^btrfs csum/,
    line: true,
    example: 'BTRFS error (device sda1): parent transid verify failed on 30441472 wanted 7 found 5',
    also: [
      'BTRFS emergency (device sda1): log replay failed',
      'BTRFS alert (device sda1): no space left for metadata',
      'BTRFS panic (device sda1) in set_state_bits:379: Out of memory (errno=-12)',
    ],
  },
  {
    kind: 'filesystem',
    severity: 'bug',
    opens: /^(?:btrfs csum failed ino \d+|(?:btrfs: )?parent transid verify failed on \d+)/,
    needles: ['btrfs csum failed', 'parent transid verify failed'],
    title: 'BTRFS error',
    trace: 'never',
    more: /^BTRFS(?: error|: error| critical| warning \(device [^)]{1,64}\): (?:csum|checksum)| info \(device [^)]{1,64}\): forced readonly)|^(?:btrfs: )?(?:parent transid|csum failed)|^btrfs csum/,
    line: true,
    example: 'btrfs csum failed ino 257 off 131072 csum 2566472073 private 412',
  },
  {
    // fs/f2fs: its errors have no common word
    kind: 'filesystem',
    severity: 'bug',
    opens: new RegExp(
      `^(?<fs>F2FS-fs) ${device}: (?:[iI]nconsistent |Stopped filesystem due to reason|access invalid blkaddr|Abnormal |Corrupted |Invalid (?:blkaddr|inode|segment|valid blocks|SB|CP)|Bitmap was wrongly|Mismatch (?:valid blocks|blkaddr)|.{0,60}(?:fail(?:ed)? to read|I\\/O error|run fsck|corrupt))`,
    ),
    needles: ['F2FS-fs ('],
    title: '{fs} error',
    trace: 'maybe',
    more: /^F2FS-fs \(/,
    line: true,
    example: 'F2FS-fs (mmcblk0p3): inconsistent node block, nid:12, node_footer[nid:0,ino:0,ofs:0,cpver:0,blkaddr:0]',
  },
  {
    // fs/fat/misc.c __fat_fs_error(), fs/exfat/misc.c; before 2.6.39 "FAT: Filesystem error (dev sdb1)"
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?:(?<fs>(?:ex|V|v)?FAT-fs|MSDOS-fs) \((?<device>[^)]{1,64})\): (?:error|Filesystem has been set read-only|Directory bread)|FAT: (?:Filesystem (?:error|panic)|Directory bread)|Filesystem panic \(dev )/,
    needles: [
      '): error',
      'FAT: Filesystem ',
      'ilesystem has been set read-only',
      'Directory bread',
      'Filesystem panic (dev',
    ],
    title: ['{fs} error', 'FAT-fs error'],
    trace: 'maybe',
    more: /^(?:(?:ex|V|v)?FAT-fs \([^)]{1,64}\): |FAT: |\s+(?:fat_|File system|Filesystem))/,
    line: true,
    example: 'FAT-fs (sdb1): error, fat_get_cluster: invalid cluster chain (i_pos 412)',
    also: [
      'FAT-fs (sdb1): Filesystem has been set read-only',
      'FAT-fs (sdb1): Directory bread(block 1234) failed',
      'Filesystem panic (dev hda1).',
    ],
  },
  {
    // one word for the file system, then "error": NILFS, OCFS2, reiserfs, JFS, SquashFS, UBIFS, UBI, JFFS2, UDF, HFS, …
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?<fs>NILFS2?|OCFS2|REISERFS|JFS|SQUASHFS|UBIFS|UBI|ubi\d+|JFFS2|jffs2|UDF-fs|bcachefs|NTFS-fs)(?: \([^)]{1,64}\)| [a-z]\w{0,23}(?= error\b))?:? (?:fatal )?(?:error|Error|ERROR|I\/O error|critical)\b/,
    needles: [
      'NILFS',
      'OCFS2: ERROR',
      'REISERFS error',
      'JFS: ERROR',
      'SQUASHFS error',
      'UBIFS error',
      'UBI error',
      'ubi0 error',
      'JFFS2 error',
      'jffs2: error',
      'UDF-fs: error',
      'bcachefs (',
      'NTFS-fs error',
    ],
    title: '{fs} error',
    trace: 'maybe',
    more: /^(?:NILFS|OCFS2|REISERFS|JFS|SQUASHFS|UBIFS|JFFS2|jffs2|UDF-fs|hfs|ntfs)/,
    line: true,
    example: 'SQUASHFS error: zlib decompression failed, data probably corrupt',
    also: [
      'UBI error: ubi_io_read: error -74 (ECC error) while reading 2048 bytes from PEB 412:2048',
      'ubi0 error: ubi_io_read: error -74 (ECC error) while reading 2048 bytes from PEB 412:2048',
      'UDF-fs: error (device loop0): udf_read_inode: (ino 412) failed !bh',
      'bcachefs (loop0): error validating btree node at btree extents level 0/0',
      'NTFS-fs error (device sda1): ntfs_read_locked_inode(): Failed with error code -5.',
    ],
  },
  {
    // fs/jfs/super.c jfs_error() before 3.x
    kind: 'filesystem',
    severity: 'bug',
    opens: /^ERROR: \(device (?<device>[^)]{1,64})\): (?<function>[a-zA-Z_]\w*)/,
    needles: ['ERROR: (device '],
    title: 'JFS error',
    trace: 'maybe',
    line: true,
    example: 'ERROR: (device sda1): dbAllocNext: Corrupt dmap page',
  },
  {
    // fs/gfs2/util.c gfs2_lm(): "fsid=cluster:table.jid: fatal: …"
    kind: 'filesystem',
    severity: 'bug',
    opens:
      /^(?:gfs2|GFS2): fsid=\S{0,128}: (?:fatal|about to withdraw|error \d|.{0,40}(?:I\/O error|consistency error))/,
    needles: ['gfs2: fsid=', 'GFS2: fsid='],
    title: 'GFS2 error',
    trace: 'maybe',
    line: true,
    example: 'gfs2: fsid=web:data.0: fatal: filesystem consistency error',
  },
  {
    // fs/erofs/super.c _erofs_err(): the function's name is said for errors only
    kind: 'filesystem',
    severity: 'bug',
    opens: new RegExp(`^erofs:? ${device}: (?:(?<function>[a-z_]\\w*): |.{0,40}(?:corrupt|invalid|bogus|fail))`),
    needles: ['erofs: (device ', 'erofs (device '],
    title: 'erofs error',
    trace: 'maybe',
    line: true,
    example: 'erofs: (device loop0): z_erofs_lz4_decompress_mem: failed to decompress -12 in[4096, 0] out[8192]',
    also: ['erofs (device loop0): corrupted dir block 0 @ nid 36'],
  },
  {
    // fs/ntfs3/super.c ntfs_printk(): "ntfs3: loop0: ino=5, \"\" directory corrupted", old "ntfs3(loop0): …"
    kind: 'filesystem',
    severity: 'bug',
    opens: /^ntfs3(?:\((?<device>[^)]{1,64})\)|: \S{1,64}): .{0,80}(?:corrupted|[fF]ailed|inconsisten)/,
    needles: ['ntfs3(', 'ntfs3: '],
    title: 'ntfs3 error',
    trace: 'maybe',
    line: true,
    example: 'ntfs3: loop0: ino=5, "" directory corrupted',
    also: ['ntfs3(loop0): ino=5, "" directory corrupted'],
  },
  {
    // fs/dcache.c umount_check()
    kind: 'filesystem',
    severity: 'bug',
    opens: /^BUG: Dentry .{1,300} still in use(?: \(\d+\) \[(?<how>unmount) of (?<of>[^\]]+)\])?/,
    needles: ['BUG: Dentry '],
    title: ['BUG: Dentry still in use in {how}', 'BUG: Dentry still in use'],
    altTitles: ['BUG: Dentry still in use [{how} of {of}]'],
    needs: ['how'],
    anywhere: true,
    example: 'BUG: Dentry 00000000e4a0d8d1{i=4,n=/}  still in use (1) [unmount of ramfs ramfs]',
  },
  {
    // fs/open.c filp_close()
    kind: 'filesystem',
    severity: 'bug',
    opens: /^VFS: Close: file count is (?:0|zero)/,
    needles: ['file count is '],
    title: 'VFS: Close: file count is zero (use-after-free)',
    trace: 'maybe',
    line: true,
    example: 'VFS: Close: file count is 0',
  },
  {
    // fs/super.c generic_shutdown_super()
    kind: 'filesystem',
    severity: 'bug',
    opens: /^VFS: Busy inodes after unmount/,
    needles: ['Busy inodes after unmount'],
    title: 'VFS: Busy inodes after unmount (use-after-free)',
    trace: 'maybe',
    line: true,
    example: 'VFS: Busy inodes after unmount of loop0. Self-destruct in 5 seconds.  Have a nice day...',
  },
]
