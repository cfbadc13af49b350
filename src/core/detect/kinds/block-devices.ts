// Block devices that did not do what they were asked: block layer, page cache, libata, IDE, SCSI, NVMe, MD, MMC.

import type { KindRow } from '../row.ts'

/** Lines of one failed request, from the link below to the cache above. */
const requestLines =
  /^(?:ata\d+(?:\.\d+)?: (?!SATA link up)|s[drt] \S{1,24} \[\w{1,16}\] (?:tag#\d|Sense|Add\. Sense|CDB|FAILED|Result|Unhandled|ASC=|Aborted)|nvme \S{1,24}: (?!\d+\/\d+|Shutdown timeout|missing|pci function|allocated)|nvme\d+n\d+: |hd[a-z]: |ide\d?: |blk_update_request: |end_request: |print_req_error: |I\/O error, dev |critical |[Bb]uffer I\/O error|lost (?:\w+ )?page write|res [0-9a-f]{2}\/|cdb |quiet_error: |mmcblk\d+: (?:error|timed out|recovery|retrying)|SCSI (?:disk )?error|Result: |Sense:? |Sense Key|Add\. Sense|CDB: )/

export const blockDevices: readonly KindRow[] = [
  {
    // block/blk-core.c blk_print_req_error(); before 4.x end_request(), blk_update_request()
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:blk_update_request: |end_request: |print_req_error: )?(?:I\/O|critical (?:target|medium|nexus|space allocation)|protection|timeout|recoverable transport|operation not supported|cold-?boot) error, dev (?<device>[\w!-]+), sector (?<sector>\d+)/,
    needles: [' error, dev '],
    title: 'I/O error on {device}',
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'blk_update_request: I/O error, dev sda, sector 2048 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0',
  },
  {
    // 2.4 drivers/block/ll_rw_blk.c: major and minor number, the name only where it is known
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:end_request: )?I\/O error[,:] dev (?<number>[0-9a-f]{2}:[0-9a-f]{2})(?: \((?<device>\w+)\))?, sector (?<sector>\d+)/,
    needles: ['I/O error, dev ', 'I/O error: dev '],
    title: ['I/O error on {device}', 'I/O error on {number}'],
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'end_request: I/O error, dev 03:02 (hda), sector 412',
  },
  {
    // fs/buffer.c buffer_io_error()
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:[Bb]uffer I\/O error|lost (?:page|async page|sync page) write due to I\/O error) on (?:dev(?:ice)? )?(?<device>[\w!-]+)/,
    needles: ['uffer I/O error on', 'write due to I/O error'],
    title: 'I/O error on {device}',
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'Buffer I/O error on dev sda1, logical block 0, async page read',
  },
  {
    // drivers/ata/libata-eh.c ata_eh_link_report()
    kind: 'io-error',
    severity: 'bug',
    opens: /^(?<device>ata\d+(?:\.\d+)?): (?:exception Emask|failed command)/,
    needles: ['exception Emask', ': failed command: '],
    title: 'I/O error on {device}',
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'ata1.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x0',
  },
  {
    // drivers/ide/ide-lib.c ide_dump_status(), 2.4 to 5.13
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?<device>hd[a-z]): (?:\w{1,32}: (?:status=0x[0-9a-f]+ \{[^}]{0,120}Error|error=0x[0-9a-f]+ \{)|lost interrupt|dma timeout|no DRQ after issuing|drive not ready for command)/,
    needles: [
      ': status=0x',
      ': error=0x',
      ': lost interrupt',
      ': dma timeout',
      'no DRQ after issuing',
      'drive not ready for',
    ],
    title: 'I/O error on {device}',
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'hda: dma_intr: status=0x51 { DriveReady SeekComplete Error }',
    also: [
      'hda: dma timeout error: status=0x58 { DriveReady SeekComplete DataRequest }',
      'hda: no DRQ after issuing WRITE',
      'hda: drive not ready for command',
    ],
  },
  {
    // drivers/scsi/scsi_logging.c scsi_print_result(); before 3.18 "Unhandled error code"; 2.6.25 and 2.4 without a name
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:sd|sr|st) \S{1,24} \[(?<device>s[rdt]\w{1,8})\] (?:tag#\d+ )?(?:FAILED Result|Unhandled error code|Unhandled sense code)|^SCSI (?:disk )?error : /,
    needles: ['FAILED Result', 'Unhandled error code', 'Unhandled sense code', 'SCSI error : ', 'SCSI disk error : '],
    title: ['I/O error on {device}', 'I/O error on a SCSI device'],
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'sd 0:0:0:0: [sda] tag#12 FAILED Result: hostbyte=DID_OK driverbyte=DRIVER_SENSE cmd_age=3s',
    also: ['sd 0:0:0:0: [sda] Unhandled sense code'],
  },
  {
    // drivers/nvme/host/pci.c nvme_timeout(), nvme_warn_reset(); core.c nvme_log_error()
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^nvme (?<controller>nvme\d+): (?:controller is down; will reset|I\/O (?:tag )?\d+ .{0,80}timeout, |Removing after probe failure|Device not ready; aborting)|^(?<device>nvme\d+n\d+): .{1,80} I\/O Error \(sct /,
    needles: [
      ': controller is down',
      ' timeout, ',
      'Removing after probe failure',
      ': Device not ready; ab',
      'I/O Error (sct',
    ],
    title: ['I/O error on {device}', 'I/O error on {controller}'],
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'nvme nvme0: I/O 412 QID 4 timeout, aborting',
    also: ['nvme nvme0: Device not ready; aborting reset, CSTS=0x1'],
  },
  {
    // drivers/md/raid1.c raid1_error(), raid5.c; drivers/md/dm-mpath.c fail_path(), dm-snap.c
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?:md\/raid[\w:]{0,32}: ?(?:[\w-]{1,32}: )?|raid\d+: |multipath: )(?:IO failure|Disk failure) on (?<device>\w+)|^device-mapper: (?:multipath: (?:\S+: )?Failing path (?<path>\d+:\d+)|snapshots: Invalidating snapshot)/,
    needles: [
      'Disk failure on ',
      'IO failure on ',
      'multipath: Failing path',
      ': Failing path ',
      'Invalidating snapshot',
    ],
    title: ['I/O error on {device}', 'I/O error on a device-mapper path', 'I/O error on a device-mapper snapshot'],
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'md/raid1:md0: Disk failure on sda1, disabling device.',
    also: [
      'multipath: IO failure on sdb1, disabling IO path.',
      'device-mapper: snapshots: Invalidating snapshot: Error reading/writing.',
    ],
  },
  {
    // drivers/mmc/core/block.c (drivers/mmc/card/block.c)
    kind: 'io-error',
    severity: 'bug',
    opens:
      /^(?<device>mmcblk\d+): (?:error -?\d+ (?:transferring data|sending|requesting status)|timed out sending|recovery failed!|.{1,40} error, card status)/,
    needles: [
      ' transferring data, sector',
      ': timed out sending',
      ': recovery failed!',
      ' requesting status',
      ' error, card status',
      'mmcblk0: error ',
    ],
    title: 'I/O error on {device}',
    trace: 'never',
    more: requestLines,
    line: true,
    example: 'mmcblk0: error -110 transferring data, sector 412, nr 8, cmd response 0x900, card status 0x0',
    also: [
      'mmcblk0: error -84 requesting status',
      'mmcblk0: r/w command failed, status = 0x900: error, card status 0x900',
    ],
  },
]
