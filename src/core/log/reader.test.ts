import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '../model.ts'
import { LineSplitter, LogReader, readRecords } from './index.ts'

type Expected = Partial<LogRecord> & { text: string }

interface Sample {
  input: string | Uint8Array
  records: Expected[]
}

const bytesOf = (input: string | Uint8Array): Uint8Array =>
  typeof input === 'string' ? new TextEncoder().encode(input) : input

/** One of each transport, and of what they do to a line. */
const samples: Record<string, Sample> = {
  'plain text': {
    input: 'BUG: kernel NULL pointer dereference\n  indented stays\n',
    records: [
      { text: 'BUG: kernel NULL pointer dereference', transport: 'plain', line: 1 },
      { text: '  indented stays', line: 2 },
    ],
  },
  'printk stamp': {
    input: '[  123.456789] usb 1-1: new\n[  123.456790]  fn+0x1/0x2\n[99999.000001]\n',
    records: [
      { text: 'usb 1-1: new', transport: 'printk', sinceBootUs: 123_456_789 },
      { text: ' fn+0x1/0x2', sinceBootUs: 123_456_790 },
      { text: '', sinceBootUs: 99_999_000_001 },
    ],
  },
  'printk caller': {
    input:
      '[    1.000000][    C3] one\n[    1.000001][T32668] two\n[    1.000002] [   T12] three\n[    1.000003] [T7@C2] four\n',
    records: [
      { text: 'one', transport: 'printk+caller', caller: 'C3', cpu: 3 },
      { text: 'two', caller: 'T32668' },
      { text: 'three', caller: 'T12' },
      { text: 'four', caller: 'T7', cpu: 2 },
    ],
  },
  'spaces before the brackets': {
    input: '[    0.043841 ][    T0 ] EIP: string\n',
    records: [{ text: 'EIP: string', caller: 'T0', sinceBootUs: 43_841 }],
  },
  'vendor callers': {
    input:
      '[    5.000000] [1:  kworker/1:1:   83] samsung\n[    5.000001]  (0)[1:swapper/0]mediatek\n' +
      '[    5.000002s][pid:12,cpu1,init]huawei\n<6>[    5.000003,2] motorola\n',
    records: [
      { text: 'samsung', caller: 'T83', cpu: 1, dictionary: { taskname: 'kworker/1:1' } },
      { text: 'mediatek', caller: 'T1', cpu: 0, dictionary: { taskname: 'swapper/0' } },
      { text: 'huawei', caller: 'T12', cpu: 1 },
      { text: 'motorola', cpu: 2, level: 6, sinceBootUs: 5_000_003 },
    ],
  },
  levels: {
    input: '<4>[    1.000000] a\n<3> b\n[    1.000000] <0>c\n<14>[    1.000001] init: started\n<4>[  123.456] old\n',
    records: [
      { text: 'a', level: 4, facility: 0, transport: 'level+printk' },
      { text: ' b', level: 3 },
      { text: 'c', level: 0 },
      { text: 'init: started', level: 6, facility: 1, userSpace: true },
      { text: 'old', sinceBootUs: 123_456_000 },
    ],
  },
  'lines without a prefix continue the record before': {
    input: '<4>[    1.000000][   T12] first\nrest of it\n',
    records: [{ text: 'first' }, { text: 'rest of it', caller: 'T12', level: 4, transport: 'plain' }],
  },
  'dmesg -x': {
    input: 'kern  :err   : [    1.500000] a\nuser  :notice: [    1.600000] [    T442] b\nkern  :debug : c\n',
    records: [
      { text: 'a', transport: 'dmesg-x+printk', level: 3, facility: 0, sinceBootUs: 1_500_000 },
      { text: 'b', level: 5, facility: 1, userSpace: true, caller: 'T442' },
      { text: 'c', level: 7 },
    ],
  },
  'dmesg -T': {
    input: '[Sun Nov 22 07:36:54 2026] a\n[Sun Nov  1 07:36:54 2026 <    0.000012>] b\n',
    records: [
      { text: 'a', transport: 'ctime', wall: '2026-11-22T07:36:54' },
      { text: 'b', wall: '2026-11-01T07:36:54' },
    ],
  },
  'dmesg --time-format=iso': {
    input: '2026-11-22T07:36:54,123456+00:00 a\n',
    records: [{ text: 'a', transport: 'dmesg-iso', wall: '2026-11-22T07:36:54.123456+00:00' }],
  },
  'dmesg -e, -d, -d -t': {
    input: '[Nov22 07:36] a\n[  +0.000123] b\n[   12.345678 <    0.000012>] c\n[<    0.000012>] d\n',
    records: [
      { text: 'a', wall: 'Nov22 07:36', transport: 'reltime' },
      { text: 'b' },
      { text: 'c', sinceBootUs: 12_345_678 },
      { text: 'd' },
    ],
  },
  'dmesg -J': {
    input:
      '{\n   "dmesg": [\n      {\n         "pri": 6,\n         "time":    12.345678,\n         "caller": "T1",\n' +
      '         "msg": "a [b]"\n      },{\n         "pri": 14,\n         "time":    12.345679,\n         "msg": "c"\n      }\n   ]\n}\n',
    records: [
      { text: 'a [b]', transport: 'dmesg-json', sinceBootUs: 12_345_678, level: 6, caller: 'T1', line: 3, lastLine: 8 },
      { text: 'c', facility: 1, userSpace: true },
    ],
  },
  'dmesg -J in one line': {
    input: '{"dmesg":[{"pri":3,"time":1.5,"msg":"a"},{"pri":4,"time":2.5,"msg":"b"}]}\n',
    records: [
      { text: 'a', level: 3, sinceBootUs: 1_500_000 },
      { text: 'b', level: 4 },
    ],
  },
  '/dev/kmsg': {
    input:
      '6,339,5140900,-;NET: a\n4,340,5690716,c,caller=T12;udevd[80]: \\xc3\\xa4\\x09b\\\\x\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n' +
      '14,341,5690720,-;@@ from a program\n6,350,5690721,-;after a gap\n',
    records: [
      { text: 'NET: a', transport: 'kmsg', sequence: 339, sinceBootUs: 5_140_900, level: 6 },
      {
        text: 'udevd[80]: ä\tb\\\\x',
        caller: 'T12',
        dictionary: { SUBSYSTEM: 'acpi', DEVICE: '+acpi:PNP0A03:00' },
        lastLine: 4,
      },
      { text: '@@ from a program', userSpace: true },
      { text: 'after a gap', lostBefore: 8 },
    ],
  },
  '/dev/kmsg with NULs between the records': {
    input: '6,1,2,-;a\n SUBSYSTEM=usb\n\x006,2,3,-;b\n\x00',
    records: [
      { text: 'a', dictionary: { SUBSYSTEM: 'usb' } },
      { text: 'b', sequence: 2 },
    ],
  },
  'a line break inside a /dev/kmsg record': {
    input: '6,1,2,-;a\\x0ab\n6,2,2,-;c\n',
    records: [{ text: 'a', sequence: 1 }, { text: 'b', line: 1 }, { text: 'c' }],
  },
  'RFC 3164': {
    input:
      'Nov 22 07:36:54 board kernel: [    1.000000] a\nNov  2 07:36:54 board sshd[12]: b\n<13>Nov 22 07:36:54 board su: c\n' +
      'Nov 22 2026 07:36:54.123 board kernel: d\nNov 22 07:36:54 board kernel:[    2.000000] e\n' +
      'Nov 22 07:36:55 board last message repeated 3 times\nNov 22 07:36:54 board kernel: f#011g#012h\n',
    records: [
      { text: 'a', transport: 'rfc3164+printk', host: 'board', wall: 'Nov 22 07:36:54', sinceBootUs: 1_000_000 },
      { text: 'b', tag: 'sshd', userSpace: true },
      { text: 'c', tag: 'su', userSpace: true, level: 5, transport: 'level+rfc3164' },
      { text: 'd', wall: '2026-11-22T07:36:54.123' },
      { text: 'e', sinceBootUs: 2_000_000 },
      { text: 'last message repeated 3 times', host: 'board' },
      { text: 'f\tg' },
      { text: 'h' },
    ],
  },
  'hosts that are odd': {
    input:
      'Jan 11 22:31:37 :HOSTNAME: kernel: a\nJan 11 22:31:37 (none) kern.err kernel: b\nJan 11 22:31:38 fe80::1 kernel: c\nJan 11 22:31:39 kernel: d\n',
    records: [
      { text: 'a', host: ':HOSTNAME:' },
      { text: 'b', host: '(none)', level: 3, facility: 0 },
      { text: 'c', host: 'fe80::1' },
      { text: 'd' },
    ],
  },
  'a syslog file without hosts': {
    input: 'Nov  9 15:43:47 kernel: a\nNov  9 15:43:47 abrtd: BUG: b\n',
    records: [{ text: 'a' }, { text: 'BUG: b', tag: 'abrtd', userSpace: true }],
  },
  'a date alone takes no words of the text': {
    input: 'Nov 22 07:36:54 BUG: scheduling while atomic: x\nNov 22 07:36:54 Call Trace:\n',
    records: [{ text: 'BUG: scheduling while atomic: x' }, { text: 'Call Trace:' }],
  },
  'RFC 3339 files': {
    input:
      '2026-11-22T07:36:54.123456+00:00 board kernel: [   12.000000] a\n2026-11-22T07:36:54Z board systemd[1]: b\n' +
      '2026-11-22T07:36:54.1-07:00 ERR kernel: [   13.000000] c\n2026-11-22T07:36:54.1-07:00 INFO cryptohomed[1483]: d\n',
    records: [
      { text: 'a', transport: 'rfc3339+printk', host: 'board', wall: '2026-11-22T07:36:54.123456+00:00' },
      { text: 'b', tag: 'systemd', userSpace: true },
      { text: 'c', level: 3, sinceBootUs: 13_000_000 },
      { text: 'd', tag: 'cryptohomed', userSpace: true, level: 6 },
    ],
  },
  'RFC 5424': {
    input:
      '<6>1 2026-11-22T07:36:54.123456Z board kernel - - - [    1.000000] a\n' +
      '<30>1 2026-11-22T07:36:54Z board app 12 ID [id k="v\\]" x="y"][z] \ufeffb\n<4>1 - - kernel - - - c\n',
    records: [
      { text: 'a', transport: 'level+rfc5424+printk', host: 'board', level: 6, wall: '2026-11-22T07:36:54.123456Z' },
      { text: 'b', tag: 'app', userSpace: true, dictionary: { id: 'k="v\\]" x="y"', z: '' } },
      { text: 'c', level: 4 },
    ],
  },
  'octet counting, frames run together': {
    input: '34 <4>1 - board kernel - - - messag 133 <6>1 - board kernel - - - second\n',
    records: [{ text: 'messag 1' }, { text: 'second', level: 6, transport: 'octet-counted+level+rfc5424' }],
  },
  'journalctl short-full, short-unix, short-monotonic': {
    input:
      'Sun 2026-11-22 07:36:54 UTC board kernel: a\n1795333014.123456 board kernel: b\n[   12.345678] board kernel: c\n' +
      '[   12.345679] board systemd[1]: d\n[   12.345680] Zone kernel of: e\n',
    records: [
      { text: 'a', transport: 'short-full', wall: '2026-11-22T07:36:54Z', host: 'board' },
      { text: 'b', transport: 'short-unix', wall: '2026-11-22T07:36:54.123456Z' },
      { text: 'c', transport: 'printk+origin', host: 'board', sinceBootUs: 12_345_678 },
      { text: 'd', tag: 'systemd', userSpace: true },
      { text: 'Zone kernel of: e' },
    ],
  },
  'journalctl -o json': {
    input:
      '{"__REALTIME_TIMESTAMP":"1795333014123456","_TRANSPORT":"kernel","PRIORITY":"4","SYSLOG_FACILITY":"0","SYSLOG_IDENTIFIER":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"12345678","_HOSTNAME":"board","_BOOT_ID":"ab","MESSAGE":"a"}\n' +
      '{"_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"BUG: forged"}\n' +
      '{"_TRANSPORT":"kernel","MESSAGE":[27,91,51,49,109,98,195,164]}\n',
    records: [
      {
        text: 'a',
        transport: 'journal',
        level: 4,
        host: 'board',
        sinceBootUs: 12_345_678,
        wall: '2026-11-22T07:36:54.123456Z',
      },
      { text: 'BUG: forged', userSpace: true },
      { text: 'bä' },
    ],
  },
  'journalctl -o json-pretty and json-sse': {
    input: '{\n\t"MESSAGE" : "a",\n\t"_TRANSPORT" : "kernel"\n}\ndata: {"_TRANSPORT":"kernel","MESSAGE":"b"}\n\n',
    records: [{ text: 'a', line: 1, lastLine: 4 }, { text: 'b', transport: 'journal' }, { text: '' }],
  },
  'journalctl -o export': {
    input: Buffer.concat([
      Buffer.from('__CURSOR=s=1\n_TRANSPORT=kernel\nPRIORITY=3\nMESSAGE=a=b\n\n__CURSOR=s=2\nMESSAGE\n'),
      Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from('c\nd=e\n_TRANSPORT=kernel\n\n__CURSOR=s=3\nMESSAGE\n'),
      Buffer.from([10, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from('0123456789\n_TRANSPORT=kernel\n\n__CURSOR=s=4\nMESSAGE\n'),
      Buffer.from([200, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(`${'x'.repeat(200)}\n_TRANSPORT=kernel\n`),
    ]),
    records: [
      { text: 'a=b', transport: 'journal', level: 3, line: 1, lastLine: 5 },
      { text: 'c' },
      { text: 'd=e' },
      { text: '0123456789' },
      { text: 'x'.repeat(200) },
    ],
  },
  'journalctl -o verbose': {
    input:
      'Sun 2026-11-22 07:36:54.123456 UTC [s=4b5c;i=1a2;b=9;m=3;t=5;x=7]\n    _TRANSPORT=kernel\n    PRIORITY=2\n    MESSAGE=a\n' +
      'Sun 2026-11-22 07:36:55.000000 UTC [s=4b5c;i=1a3;b=9;m=3;t=5;x=7]\n    MESSAGE=b\n    _TRANSPORT=stdout\n    SYSLOG_IDENTIFIER=x\n',
    records: [
      { text: 'a', level: 2, wall: '2026-11-22T07:36:54.123456Z', line: 1, lastLine: 4 },
      { text: 'b', tag: 'x', userSpace: true },
    ],
  },
  'logcat threadtime, time, brief, tag': {
    input:
      '11-22 07:36:54.123     0     0 E KERNEL  : <4>[    1.000000] a\n11-22 07:36:54.123  1234  1234 I ActivityManager: b\n' +
      '11-22 07:36:54.123 W/kernel  (    0): c\nE/KERNEL  (    0): d\nI/init: [    2.000000] e\n11-22 07:36:54.123  1  2 I klog: [    3.000000] f\n',
    records: [
      { text: 'a', transport: 'logcat+level+printk', level: 4, wall: '11-22 07:36:54.123', sinceBootUs: 1_000_000 },
      { text: 'b', tag: 'ActivityManager', userSpace: true },
      { text: 'c', level: 4 },
      { text: 'd', level: 3 },
      { text: 'e', sinceBootUs: 2_000_000 },
      { text: 'f' },
    ],
  },
  'logcat long': {
    input: '[ 11-22 07:36:54.123     0:    0 E/KERNEL ]\na\nb\n\n[ 11-22 07:36:54.124   12:   12 I/init ]\nc\n\n',
    records: [
      { text: 'a', transport: 'logcat', level: 3 },
      { text: 'b', wall: '11-22 07:36:54.123' },
      { text: '' },
      { text: 'c', tag: 'init', userSpace: true },
      { text: '' },
    ],
  },
  'netconsole, extended': {
    input:
      '6.4.0,6,444,501151268,-;a\n6.4.0,6,446,501151270,-;c\n6.4.0,6,445,501151269,-;b\n6.4.0,6,445,501151269,-;b\n' +
      '6.4.0,6,447,501151271,-,ncfrag=0/10;0123456.4.0,6,447,501151271,-,ncfrag=6/10;6789\n6.4.0,6,448,501151272,-;d6.4.0,6,449,501151273,-;e\n',
    records: [
      { text: 'a', dictionary: { release: '6.4.0' }, sequence: 444 },
      { text: 'b' },
      { text: 'c' },
      { text: '0123456789', sequence: 447 },
      { text: 'd' },
      { text: 'e', sequence: 449 },
    ],
  },
  'netconsole with a fragment missing': {
    input: '6,10,1,-;a\n6,11,2,-,ncfrag=0/30;0123456789\n6,11,2,-,ncfrag=20/30;0123456789\n6,12,3,-;b\n',
    records: [
      { text: 'a' },
      { text: '0123456789…0123456789', damage: ['fragment-missing'], line: 2, lastLine: 3 },
      { text: 'b' },
    ],
  },
  'a reboot begins the numbers again': {
    input: '6,500,90000000,-;a\n6,501,90000001,-;b\n6,0,0,-;Linux version\n6,1,0,-;c\n',
    records: [{ text: 'a' }, { text: 'b' }, { text: 'Linux version' }, { text: 'c' }],
  },
  'pstore parts': {
    input:
      'Panic#2 Part1\n<4>[    3.000000] c\n<4>[    4.000000] d\nPanic#2 Part2\n<4>[    1.000000] a\n<4>[    2.000000] b\nOops#1 Part1\n<4>[    0.500000] z\n',
    records: [{ text: 'z', line: 8 }, { text: 'a', line: 5 }, { text: 'b' }, { text: 'c', line: 2 }, { text: 'd' }],
  },
  'dumps of one boot that repeat each other': {
    input:
      'Oops#1 Part1\n<4>[    1.000000] a\n<4>[    2.000000] b\n<4>[    3.000000] c\n<4>[    4.000000] d\n\nECC: No errors detected\n' +
      'Panic#2 Part1\n<4>[    1.000000] a\n<4>[    2.000000] b\n<4>[    3.000000] c\n<4>[    4.000000] d\n<4>[    5.000000] e\n',
    records: [
      { text: 'a', line: 2 },
      { text: 'b' },
      { text: 'c' },
      { text: 'd', line: 5 },
      { text: '' },
      { text: 'e', line: 13 },
    ],
  },
  'dumps that fit together by chance': {
    input:
      'Oops#1 Part1\n<4>[    1.000000] a\n<4>[    2.000000] b\nOops#2 Part1\n<4>[    2.000000] b\n<4>[    3.000000] c\n',
    records: [{ text: 'a' }, { text: 'b' }, { text: 'b' }, { text: 'c' }],
  },
  'ramoops headers': {
    input: '====1234.567890-D\nOops#1 Part1\n<6>[    1.000000] a\nECC: No errors detected\n',
    records: [{ text: 'a' }],
  },
  'serial loggers and CI systems': {
    input:
      '[2023-01-01 12:00:00.123] [    1.000000] a\n2023-01-01T12:00:00.1234567Z [    2.000000] b\n[12:34:56] c\n[12:34:56.789] d\n' +
      '[2023-01-01T12:00:00.123Z] e\n12:34:56.789 f\n[0.000002 0.000002] g\n2023-01-01T12:00:00.123456789Z stdout F h\n2018/01/09 14:28:48 i\n' +
      '[Mon Jan  2 12:00:00 2023][    3.000000] j\n2023-01-01T12:00:00.123456Z 00O k\n',
    records: [
      { text: 'a', transport: 'capture+printk', wall: '2023-01-01T12:00:00.123', sinceBootUs: 1_000_000 },
      { text: 'b', wall: '2023-01-01T12:00:00.1234567Z' },
      { text: 'c', wall: '12:34:56' },
      { text: 'd' },
      { text: 'e', wall: '2023-01-01T12:00:00.123Z' },
      { text: 'f', wall: '12:34:56.789' },
      { text: 'g' },
      { text: 'h' },
      { text: 'i', wall: '2018-01-09T14:28:48' },
      { text: 'j', wall: '2023-01-02T12:00:00' },
      { text: 'k' },
    ],
  },
  'LAVA job logs': {
    input:
      '- {"dt": "2023-01-01T12:00:00.123456", "lvl": "target", "msg": "[    1.000000] a"}\n' +
      '- {dt: \'2023-01-01T12:00:00.123456\', lvl: target, msg: \'it\'\'s\'}\n- {"dt": "2023-01-01T12:00:00", "lvl": "info", "msg": "b"}\n',
    records: [
      { text: 'a', transport: 'lava+printk', sinceBootUs: 1_000_000 },
      { text: "it's" },
      { text: 'b', tag: 'lava', userSpace: true },
    ],
  },
  'container runtimes and shippers': {
    input:
      '{"log":"[    1.000000] a\\n","stream":"stdout","time":"2023-01-01T12:00:00Z"}\n{"message":"b","host":"board"}\n{"foo":1}\n',
    records: [
      { text: 'a', transport: 'container+printk', wall: '2023-01-01T12:00:00Z' },
      { text: 'b', transport: 'json', host: 'board' },
      { text: '{"foo":1}', transport: 'plain' },
    ],
  },
  'JSON in the text of JSON': {
    input:
      '{"dmesg":[{"pri":6,"time":1.5,"msg":"{\\"msg\\":\\"a\\"}"},{"pri":6,"time":2.5,"msg":"{\\"x"},\n{"pri":6,"time":3.5,"msg":"b"}]}\n' +
      '{"msg":"c"}{"msg":"{\\"msg\\":1}"}> {"msg":"d"}\n',
    records: [
      { text: 'a' },
      { text: '{"x', sinceBootUs: 2_500_000 },
      { text: 'b', sinceBootUs: 3_500_000 },
      { text: 'c' },
      { text: '{"msg":1}' },
      { text: 'd', transport: 'mail+json' },
    ],
  },
  'braces that are no JSON': {
    input: '{1}[Hardware Error]: event severity: corrected\n{\n  if (x) return;\n',
    records: [{ text: '{1}[Hardware Error]: event severity: corrected' }, { text: '{' }, { text: '  if (x) return;' }],
  },
  'quoted mail': {
    input:
      '> [    1.000000] a\n> > [    2.000000]  b\n>> c\n>\n>[    3.000000] d\n> >ffff8880675d8800: fb fb\n>ffff8880675d8880: fb\n',
    records: [
      { text: 'a', transport: 'mail+printk' },
      { text: ' b', transport: 'mail+mail+printk' },
      { text: 'c' },
      { text: '' },
      { text: 'd', sinceBootUs: 3_000_000 },
      { text: '>ffff8880675d8800: fb fb' },
      { text: '>ffff8880675d8880: fb' },
    ],
  },
  HTML: {
    input:
      '<pre>[    1.000000] &lt;TASK&gt;<br>[    2.000000] a &amp;&amp; b&nbsp;c<br/>\n[    3.000000] it&#39;s &quot;x&quot;</pre>\n' +
      '[    4.000000] a & b &unknown; c\n[    5.000000]  <IRQ> &lt;not&gt;\n',
    records: [
      { text: '<TASK>', transport: 'html+printk' },
      { text: 'a && b c', sinceBootUs: 2_000_000 },
      { text: 'it\'s "x"' },
      { text: 'a & b &unknown; c' },
      { text: ' <IRQ> &lt;not&gt;' },
    ],
  },
  'terminal escapes, CRs, NULs, BELs': {
    input:
      '\x1b[32m[    1.000000] \x1b[0m\x1b[1ma\x1b[0m\x07\r\r\nprogress 1%\rprogress 2%\r[    2.000000] b\0c\n\x1b]0;title\x07d\x01e\x1b[Kf\ttab\n[    3.000000] \x014g\n',
    records: [
      { text: 'a', transport: 'printk' },
      { text: 'progress 1%' },
      { text: 'progress 2%' },
      { text: 'bc', line: 2, sinceBootUs: 2_000_000 },
      { text: 'd\ufffdef\ttab' },
      { text: 'g' },
    ],
  },
  'a stamp inside a line': {
    input:
      'trusty crashed[ 1117.184796] ------------[ cut here ]------------\nboard login: [   12.345678][    C0] a\n' +
      '[    1.000000] torn tex[    2.000000] whole\n[    3.000000] x<6>[    4.000000] y\n[    5.000000] at [ 12.345678]no space\n',
    records: [
      { text: 'trusty crashed', transport: 'plain', damage: ['stamp-inside'] },
      { text: '------------[ cut here ]------------', sinceBootUs: 1_117_184_796, line: 1, damage: ['stamp-inside'] },
      { text: 'board login: ' },
      { text: 'a', caller: 'C0' },
      { text: 'torn tex', sinceBootUs: 1_000_000 },
      { text: 'whole', sinceBootUs: 2_000_000 },
      { text: 'x' },
      { text: 'y', level: 6 },
      { text: 'at [ 12.345678]no space' },
    ],
  },
  'a stamp inside what a collector or /dev/kmsg brings': {
    input:
      'Nov 22 07:36:54 board kernel: board login: [   59.806466][ T6792] BUG\n' +
      '6,100,59806466,-,caller=C1;board login: [   59.806466][ T6792] a\\x5cb\n',
    records: [
      { text: 'board login: ', host: 'board', damage: ['stamp-inside'] },
      { text: 'BUG', host: 'board', sinceBootUs: 59_806_466, caller: 'T6792', damage: ['stamp-inside'] },
      { text: 'board login: ', sequence: 100, caller: 'C1', damage: ['stamp-inside'] },
      { text: 'a\\b', sinceBootUs: 59_806_466, caller: 'T6792', level: 6, damage: ['stamp-inside'] },
    ],
  },
  'an upper-case mirror is text': {
    input: 'DEC  4 15:56:11 SYZKALLER KERN.WARN KERNEL: [   62.262385][ T6753] NETLINK: X\n',
    records: [
      { text: 'DEC  4 15:56:11 SYZKALLER KERN.WARN KERNEL: [   62.262385][ T6753] NETLINK: X', transport: 'plain' },
    ],
  },
  'what the log says is lost': {
    input:
      '** 12 printk messages dropped ** [   60.000000] a\n** 3 printk messages dropped **\n[   61.000000] b\n' +
      'Nov 22 07:36:54 board systemd-journald[1]: Missed 45 kernel messages\nNov 22 07:36:54 board kernel: c\n',
    records: [
      { text: 'a', lostBefore: 12, sinceBootUs: 60_000_000 },
      { text: 'b', lostBefore: 3 },
      { text: 'Missed 45 kernel messages', userSpace: true },
      { text: 'c', lostBefore: 45 },
    ],
  },
  'host and kernel without a date': {
    input: 'board kernel: [    1.000000] a\nkernel: b\n    [    2.000000] indented\n',
    records: [
      { text: 'a', host: 'board', sinceBootUs: 1_000_000 },
      { text: 'b' },
      { text: 'indented', transport: 'indent+printk' },
    ],
  },
  'quoted-printable': {
    input: 'RAX: =3D 1\nflags=3D2 and so on, until the line is broken by th=\ne mailer=20\n',
    records: [
      { text: 'RAX: = 1' },
      { text: 'flags=2 and so on, until the line is broken by the mailer ', line: 2, lastLine: 3 },
    ],
  },
  'UTF-16 as PowerShell writes it': {
    input: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('[    1.000000] ä\r\nb\r\n', 'utf16le')]),
    records: [{ text: 'ä', sinceBootUs: 1_000_000 }, { text: 'b' }],
  },
  'damaged UTF-8': {
    input: Buffer.from([
      0x5b, 0x20, 0x31, 0x2e, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x5d, 0x20, 0xff, 0x61, 0xc3, 0x0a,
    ]),
    records: [{ text: '\ufffda\ufffd', span: { start: 0, end: 15 } }],
  },
}

for (const [name, sample] of Object.entries(samples)) {
  test(name, () => {
    const records = readRecords(bytesOf(sample.input))
    const picked = records.map((record, i) => {
      const keys = ['text', ...Object.keys(sample.records[i] ?? {})] as (keyof LogRecord)[]
      return Object.fromEntries(keys.map(key => [key, record[key]]))
    })
    assert.deepEqual(picked, sample.records)
  })
}

function readInChunks(bytes: Uint8Array, size: number): LogRecord[] {
  const splitter = new LineSplitter()
  const reader = new LogReader()
  const lines = []
  for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.slice(at, at + size)))
  lines.push(...splitter.flush())
  return [...lines.flatMap(line => reader.push(line)), ...reader.flush()]
}

test('any chunking gives the same records', () => {
  for (const sample of Object.values(samples)) {
    const bytes = bytesOf(sample.input)
    const whole = readRecords(bytes)
    for (const size of [1, 2, 7, 64]) assert.deepEqual(readInChunks(bytes, size), whole)
  }
})

test('every prefix and every suffix is read, and nothing of it is lost', () => {
  for (const sample of Object.values(samples)) {
    const bytes = bytesOf(sample.input)
    for (let cut = 0; cut <= bytes.length; cut++) {
      for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        for (const record of readRecords(part)) {
          assert.equal(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(record.text), false)
          assert.equal(record.span.end <= part.length, true)
        }
      }
    }
  }
})

/** Numbers in [0, below), the same in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** Pieces of two samples with some bytes changed and some ranges copied over others. */
function mutant(random: (below: number) => number): Uint8Array {
  const all = Object.values(samples)
  const [first, second] = [all[random(all.length)]!, all[random(all.length)]!].map(sample => bytesOf(sample.input))
  const bytes = Buffer.concat([first!.subarray(0, random(first!.length)), second!.subarray(random(second!.length))])
  for (let count = random(12); count > 0 && bytes.length > 0; count--) {
    const [to, from, end] = [random(bytes.length), random(bytes.length), random(bytes.length)]
    if (random(2) === 0) bytes[to] = random(256)
    else bytes.copyWithin(to, Math.min(from, end), Math.max(from, end))
  }
  return bytes
}

test('damaged mixtures of all transports: nothing thrown, nothing lost, the same in any chunks', () => {
  const random = seeded(1)
  for (let i = 0; i < 3000; i++) {
    const bytes = mutant(random)
    assertNothingLost(`mutant ${i}`, bytes)
    if (i % 10 === 0) assert.deepEqual(readInChunks(bytes, 1 + random(40)), readRecords(bytes))
  }
})

test('every line is in a record or counted as noise', () => {
  for (const [name, sample] of Object.entries(samples)) assertNothingLost(name, bytesOf(sample.input))
})

function assertNothingLost(name: string, bytes: Uint8Array): void {
  const splitter = new LineSplitter()
  const reader = new LogReader()
  const lines = [...splitter.push(bytes), ...splitter.flush()]
  const records = [...lines.flatMap(line => reader.push(line)), ...reader.flush()]
  const covered = new Set(records.flatMap(r => range(r.line, r.lastLine ?? r.line)))
  const uncovered = lines.filter(line => line.text !== '' && !covered.has(line.number))
  const bytesUncovered = uncovered.reduce((sum, line) => sum + line.span.end - line.span.start, 0)
  assert.equal(bytesUncovered <= reader.noiseBytes, true, `${name}: ${bytesUncovered} > ${reader.noiseBytes}`)
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

test('samples one behind the other keep their records', () => {
  // Blocks end where another transport begins; a blank line stands between, as between pasted pieces.
  for (const first of Object.values(samples)) {
    const after = '\n[  777.000000] behind it\n'
    const records = readRecords(Buffer.concat([bytesOf(first.input), bytesOf(after)]))
    if (first.input instanceof Uint8Array && first.input[0] === 0xff) continue
    assert.equal(
      records.some(record => record.text === 'behind it' && record.sinceBootUs === 777_000_000),
      true,
    )
  }
})

test('live: a record comes with its line', () => {
  const reader = new LogReader({ live: true })
  const splitter = new LineSplitter()
  const counts = splitter
    .push(bytesOf('[    1.000000] a\n[    2.000000] b\n6,7,1,-;c\n6,9,1,-;d\n[    3.000000] e\n'))
    .map(line => reader.push(line).map(record => [record.text, record.lostBefore ?? 0]))
  assert.deepEqual(counts, [
    [['a', 0]],
    [['b', 0]],
    [],
    [['c', 0]],
    [
      ['d', 1],
      ['e', 0],
    ],
  ])
})

test('torn JSON with carriage returns only gives each of its parts once', () => {
  const broken = [
    '{',
    '"dmesg": [',
    '{',
    '"pri": 6,',
    '},{',
    '"pri": 6,',
    '"msg": "x"',
    '"pri": 6',
    '},{',
    '},{',
    '}',
  ].join('\r')
  const records = readRecords(new TextEncoder().encode(`${broken}\n`))
  assert.ok(records.length <= broken.split('\r').length, `${records.length} records`)
})
