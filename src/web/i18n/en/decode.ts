// The page on which a log is decoded in the browser.

import { plural } from './words.ts'

export const decode = {
  intake: {
    heading: 'Hand it a kernel log, as it came',
    lead: 'dmesg, journalctl, syslog, serial console, netconsole, pstore, logcat, a pasted mail: told apart by content, in any mix, for any architecture.',
    paste: 'Kernel log',
    placeholder: 'Paste a log here, or drop a file anywhere on this page…',
    decode: 'Decode',
    open: 'Open files',
    sample: 'Try a sample',
    privacy:
      'The log stays in this browser. Nothing is uploaded, and the page works without a network once it is loaded.',
    formats: 'Text, or packed with gzip, zstd, xz, bzip2 or lz4.',
    drop: 'Drop to decode',
  },
  bar: {
    another: 'New log',
    json: 'Save JSON',
    html: 'Save HTML',
    jsonTitle: 'Download the reports shown, one JSON object a line',
    htmlTitle: 'Download the reports shown as one page that works offline',
  },
  work: {
    reading: (name: string): string => `Reading ${name}`,
    progress: (read: string, found: number): string => `${read}, ${plural(found, 'report')} so far`,
    stop: 'Stop',
    done: (found: number, name: string): string => `${plural(found, 'report')} in ${name}`,
    stopped: (found: number, name: string): string => `${plural(found, 'report')} in ${name}, stopped before its end`,
    none: (name: string): string => `No kernel exception in ${name}`,
    noneDetail:
      'The log was read to its end and nothing in it is an oops, a BUG, a warning, a stall, or another exception of the kernel.',
    tooMany: (bound: number): string =>
      `Only the first ${bound.toLocaleString('en')} reports are kept in the page. For the rest: faultline decode.`,
    files: (count: number): string => plural(count, 'file'),
    pasted: 'the pasted log',
    sample: 'the sample',
  },
  problem: {
    title: 'That did not work',
    broken: (kind: string): string => `The ${kind} data is damaged or breaks off. What came before is decoded below.`,
    packed: (kind: string, command: string): string => `This page cannot unpack ${kind}. Unpack it first (${command})`,
    unreadable: 'The file could not be read: it was moved or changed, or it is a folder.',
    crashed: (what: string): string =>
      `The decoder stopped: ${what}. This is a fault in Faultline, please report it with the log.`,
  },
  symbols: {
    hint: 'Drop the kernel’s symbols too, now or later: vmlinux with debug information, its modules (.ko), an index of them, System.map, or the kernel image itself. They are read where they lie.',
    used: (names: readonly string[]): string => `With the symbols of ${names.join(', ')}.`,
    drop: 'Without',
    missing: (module: string | undefined): string =>
      module === undefined
        ? 'No vmlinux was dropped: the kernel’s own frames stay without lines.'
        : `No ${module}.ko was dropped.`,
    large: 'is too large for a browser; use faultline decode',
    hidden: 'has no addresses: the kernel hides them from who is not root (kernel.kptr_restrict)',
  },
  list: {
    label: 'Reports',
    filter: 'Filter',
    filterHint: 'title, function, task, module…',
    shown: (shown: number, all: number): string =>
      shown === all ? plural(all, 'report') : `${shown} of ${plural(all, 'report')}`,
    nothing: 'No report fits the filter.',
    clear: 'Clear filter',
    alike: (count: number): string => `${count} alike`,
  },
  keys: {
    next: 'next',
    previous: 'previous',
    filter: 'filter',
    fold: 'fold, unfold all',
    copy: 'copy Markdown',
    back: 'back',
  },
}
