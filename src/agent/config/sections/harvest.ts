// [Harvest]: what dying kernels left, and what becomes of the originals.

import type { Section } from '../key.ts'

export const harvestSection = {
  name: 'Harvest',
  doc: 'What is collected after a reboot of the words of kernels that died, and what becomes of the originals.',
  keys: [
    {
      name: 'Erase',
      type: 'choice',
      values: ['at-once', 'next-boot', 'never'],
      default: 'at-once',
      option: '--erase WHEN',
      doc: 'When an original is erased whose text is in a bundle or in the archive: as soon as that is on disk; when the machine has booted once more; or not at all.',
    },
    {
      name: 'Ramoops',
      type: 'lines',
      option: '--ramoops REGION',
      doc: 'Memory of ramoops to be read as it is: a file, or ADDRESS,BYTES of /dev/mem, as in 0x6000000,512K. Not needed where the driver is loaded, or the kernel command line or device tree has the region.',
    },
    {
      name: 'Mtdoops',
      type: 'lines',
      option: '--mtdoops PARTITION',
      doc: 'Flash partitions of mtdoops: a name of /proc/mtd, mtd3, or an image. Those that have “oops”, “panic” or “crash” in their name are found without it.',
    },
    {
      name: 'PstoreBlk',
      type: 'lines',
      option: '--pstore-blk DEVICE',
      doc: 'Block devices of pstore_blk to be read as they are. Not needed where the driver is loaded.',
    },
    {
      name: 'Window',
      type: 'lines',
      option: '--window WINDOW',
      doc: 'A piece of NVRAM, flash or memory with a log in it: PATH,OFFSET,BYTES,FORMAT. Formats: auto, text, length:length=4,header=16, ring:position=8,header=16; each with magic=OFFSET:HEX and order=big where they apply.',
    },
    {
      name: 'EfiMostRecords',
      type: 'integer',
      default: '64',
      min: 0,
      max: 100_000,
      option: '--efi-most-records COUNT',
      doc: 'Records of pstore that may stay in the NVRAM of EFI, whatever Erase says: firmware that is full may not start again.',
    },
    {
      name: 'EfiKeepFree',
      type: 'size',
      default: '16K',
      min: 0,
      option: '--efi-keep-free SIZE',
      doc: 'Bytes that must stay free in the NVRAM of EFI, where the kernel tells: the oldest records are erased until they are, whatever Erase says.',
    },
    {
      name: 'ArchiveSize',
      type: 'size',
      default: '64M',
      min: 64 * 1024,
      option: '--archive-size SIZE',
      doc: 'Bytes of collected logs that are kept in `remains` below the data folder; the oldest go first.',
    },
  ],
} as const satisfies Section
