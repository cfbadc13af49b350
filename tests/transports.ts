// A kernel log as it looks after each transport, for tests: the same records must come out of all of them.

/** One line of a console log, taken apart. */
interface ConsoleLine {
  /** `[   12.345678] `, as printed; '' for a line that has none */
  stamp: string
  /** `T12`, `C0` or '' */
  caller: string
  text: string
  seconds: number
  micros: number
}

const consoleLine = /^(?:<\d>)?(\[ *(\d+)\.(\d{6})\]) ?(?:\[ *([TC]\d+)\] ?)?(.*)$/

/** Takes a console log apart; a line without a stamp has the time of the one before it. */
function linesOf(log: string): ConsoleLine[] {
  let seconds = 0
  let micros = 0
  return physicalLines(log).map(line => {
    const found = consoleLine.exec(line)
    if (found === null) return { stamp: '', caller: '', text: line, seconds, micros }
    seconds = Number(found[2])
    micros = Number(found[3])
    return { stamp: found[1]!, caller: found[4] ?? '', text: found[5]!, seconds, micros }
  })
}

function physicalLines(log: string): string[] {
  const lines = log.split(/\r*\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

const encoder = new TextEncoder()
const bytesOf = (lines: string[], end = '\n'): Uint8Array => encoder.encode(lines.map(line => line + end).join(''))

/** Something an Ethernet driver would say: not worse than a notice. */
const priority = 6
const bootTime = Date.UTC(2026, 10, 22, 7, 36, 54)

const wallOf = (line: ConsoleLine): Date => new Date(bootTime + line.seconds * 1000 + Math.floor(line.micros / 1000))
const isoOf = (line: ConsoleLine): string =>
  new Date(bootTime + line.seconds * 1000).toISOString().slice(0, 19) + '.' + String(line.micros).padStart(6, '0')
const bsdOf = (line: ConsoleLine): string => {
  const [, month, day, time] = /^\w+, (\d+) (\w+) \d+ ([\d:]+)/.exec(wallOf(line).toUTCString())!.slice(0) as string[]
  return `${day} ${String(Number(month)).padStart(2)} ${time}`
}
const callerPart = (line: ConsoleLine): string => (line.caller === '' ? '' : `[${line.caller.padStart(6)}]`)
const kernelPart = (line: ConsoleLine): string =>
  line.stamp === '' ? line.text : `${line.stamp}${callerPart(line)} ${line.text}`

export type Transport = (log: string) => Uint8Array

/** As captured. */
export const asIs: Transport = log => bytesOf(physicalLines(log))

/** CONFIG_PRINTK_CALLER off. */
export const callerRemoved: Transport = log =>
  bytesOf(linesOf(log).map(line => (line.stamp === '' ? line.text : `${line.stamp} ${line.text}`)))

/** printk.time=0. */
export const stampsRemoved: Transport = log => bytesOf(linesOf(log).map(line => line.text))

/** dmesg -r. */
export const levelPrefixed: Transport = log => bytesOf(linesOf(log).map(line => `<4>${kernelPart(line)}`))

/** A serial console. */
export const crlf: Transport = log => bytesOf(physicalLines(log), '\r\n')

/** fold -w 80, which counts tabs to the next eighth column. */
export const wrapped80: Transport = log =>
  bytesOf(
    physicalLines(log).flatMap(line => {
      const pieces: string[] = []
      let columns = 0
      let piece = ''
      for (const character of line) {
        const next = character === '\t' ? (columns | 7) + 1 : columns + 1
        if (next > 80) {
          pieces.push(piece)
          piece = ''
          columns = character === '\t' ? 8 : 1
        } else columns = next
        piece += character
      }
      pieces.push(piece)
      return pieces
    }),
  )

/** A mail program: broken at spaces, at most 76 columns. */
export const wrappedSoft: Transport = log =>
  bytesOf(
    physicalLines(log).flatMap(line => {
      const pieces: string[] = []
      let rest = line
      while (rest.length > 76) {
        const space = rest.lastIndexOf(' ', 76)
        if (space < 30) break
        pieces.push(rest.slice(0, space))
        rest = rest.slice(space + 1)
      }
      pieces.push(rest)
      return pieces
    }),
  )

/** fold -s -w 80: the space at which it breaks stays at the end of the line; a longer word is broken. */
export const foldedAtSpaces: Transport = log =>
  bytesOf(
    physicalLines(log).flatMap(line => {
      const pieces: string[] = []
      let rest = line
      while (rest.length > 80) {
        const end = rest.lastIndexOf(' ', 79) + 1 || 80
        pieces.push(rest.slice(0, end))
        rest = rest.slice(end)
      }
      pieces.push(rest)
      return pieces
    }),
  )

/** dmesg -x. */
export const dmesgX: Transport = log => bytesOf(linesOf(log).map(line => `kern  :info  : ${kernelPart(line)}`))

/** dmesg -T. */
export const dmesgT: Transport = log =>
  bytesOf(
    linesOf(log).map(line => {
      const utc = wallOf(line).toUTCString() // Sun, 22 Nov 2026 07:36:54 GMT
      const [day, date, month, year, time] = utc.replace(',', '').split(' ') as [string, string, string, string, string]
      const caller = line.caller === '' ? '' : `[${line.caller.padStart(6)}] `
      return `[${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}] ${caller}${line.text}`
    }),
  )

/** dmesg --color=always. */
export const ansiColoured: Transport = log =>
  bytesOf(
    linesOf(log).map(line =>
      line.stamp === '' ? line.text : `\x1b[32m${line.stamp}${callerPart(line)} \x1b[0m\x1b[1m${line.text}\x1b[0m`,
    ),
  )

/** A BSD syslog file. */
export const rfc3164: Transport = log =>
  bytesOf(linesOf(log).map(line => `${bsdOf(line)} board kernel: ${kernelPart(line)}`))

/** As sent to a collector. */
export const rfc5424: Transport = log =>
  bytesOf(linesOf(log).map(line => `<${priority}>1 ${isoOf(line)}Z board kernel - - - ${kernelPart(line)}`))

/** rsyslog's file format. */
export const rfc3339syslog: Transport = log =>
  bytesOf(linesOf(log).map(line => `${isoOf(line)}+00:00 board kernel: ${kernelPart(line)}`))

/** journalctl -k: journald keeps the time apart. */
export const journalShort: Transport = log =>
  bytesOf(linesOf(log).map(line => `${bsdOf(line)} board kernel: ${line.text}`))

/** journalctl -k -o json: text with control characters is an array of bytes. */
export const journalJson: Transport = log =>
  bytesOf(
    linesOf(log).map(line =>
      JSON.stringify({
        __CURSOR: 's=1',
        __REALTIME_TIMESTAMP: String(wallOf(line).getTime() * 1000),
        _TRANSPORT: 'kernel',
        SYSLOG_FACILITY: '0',
        SYSLOG_IDENTIFIER: 'kernel',
        PRIORITY: String(priority),
        _SOURCE_MONOTONIC_TIMESTAMP: String(line.seconds * 1e6 + line.micros),
        _HOSTNAME: 'board',
        MESSAGE: hasControls(line.text) ? [...encoder.encode(line.text)] : line.text,
      }),
    ),
  )

const hasControls = (text: string): boolean => /[\x00-\x08\x0a-\x1f\x7f]/.test(text)

/** logcat -v threadtime. */
export const logcatThreadtime: Transport = log =>
  bytesOf(
    linesOf(log).map(line => {
      const stamp = wallOf(line).toISOString()
      return `${stamp.slice(5, 10)} ${stamp.slice(11, 23)}     0     0 I KERNEL  : ${kernelPart(line)}`
    }),
  )

/** kmsg escapes what is not printable ASCII, and the backslash. */
function escaped(text: string): string {
  let out = ''
  for (const byte of encoder.encode(text)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c
    out += plain ? String.fromCharCode(byte) : '\\x' + byte.toString(16).padStart(2, '0')
  }
  return out
}

const kmsgHeader = (line: ConsoleLine, sequence: number): string =>
  `${priority},${sequence},${line.seconds * 1e6 + line.micros},-` + (line.caller === '' ? '' : `,caller=${line.caller}`)

/** Reads of /dev/kmsg, one after the other; some have a dictionary. */
export const kmsgRecords: Transport = log =>
  bytesOf(
    linesOf(log).flatMap((line, index) => {
      const record = `${kmsgHeader(line, 100 + index)};${escaped(line.text)}`
      return index % 7 === 3 ? [record, ' SUBSYSTEM=acpi', ' DEVICE=+acpi:PNP0A08:00'] : [record]
    }),
  )

/** Bytes of a body that go into one datagram; drivers/net/netconsole.c, MAX_PRINT_CHUNK less the header. */
const chunkBytes = 100

/** Extended netconsole, one datagram a line: long ones in fragments, every fifth pair swapped on the way. */
export const netconsoleExtended: Transport = log => {
  const datagrams = linesOf(log).flatMap((line, index) => {
    const body = escaped(line.text)
    const header = `6.12.0-rc1,${kmsgHeader(line, 4000 + index)}`
    if (body.length <= chunkBytes) return [`${header};${body}`]
    const parts: string[] = []
    for (let offset = 0; offset < body.length; offset += chunkBytes) {
      parts.push(`${header},ncfrag=${offset}/${body.length};${body.slice(offset, offset + chunkBytes)}`)
    }
    return parts
  })
  for (let i = 0; i + 1 < datagrams.length; i += 5) {
    ;[datagrams[i], datagrams[i + 1]] = [datagrams[i + 1]!, datagrams[i]!]
  }
  return bytesOf(datagrams)
}

/** journalctl -k -o export: text with control characters is a binary field. */
export const journalExport: Transport = log => {
  const parts: Uint8Array[] = []
  for (const line of linesOf(log)) {
    const text = encoder.encode(line.text)
    const fields = `__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=${wallOf(line).getTime() * 1000}\n_TRANSPORT=kernel\nPRIORITY=6\n`
    parts.push(encoder.encode(fields))
    if (/[\x00-\x08\x0a-\x1f]/.test(line.text)) {
      const length = new Uint8Array(8)
      new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true)
      parts.push(encoder.encode('MESSAGE\n'), length, text)
    } else parts.push(encoder.encode('MESSAGE='), text)
    parts.push(encoder.encode('\n_HOSTNAME=board\n\n'))
  }
  return concatenated(parts)
}

function concatenated(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The source of a web page. */
export const htmlEscaped: Transport = log =>
  bytesOf(
    physicalLines(log).map(line =>
      line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&#39;'),
    ),
  )

/** An answer to a mail. */
export const quotedMail: Transport = log => bytesOf(physicalLines(log).map(line => `> ${line}`))

/** Lines of one pstore part. */
const partLines = 20

/** pstore files of one dump in the order of their names: the newest part first. */
export const pstoreParts: Transport = log => {
  const lines = linesOf(log).map(line => `<4>${kernelPart(line)}`)
  const parts: string[] = []
  let number = 1
  for (let end = lines.length; end > 0; end -= partLines) {
    parts.push(`Panic#1 Part${number++}`, ...lines.slice(Math.max(0, end - partLines), end))
  }
  return bytesOf(parts)
}

/** dmesg -J. */
export const dmesgJson: Transport = log => {
  const entries = linesOf(log).map(line => {
    const time = `${String(line.seconds).padStart(5)}.${String(line.micros).padStart(6, '0')}`
    const caller = line.caller === '' ? '' : `         "caller": "${line.caller}",\n`
    return `{\n         "pri": 6,\n         "time": ${time},\n${caller}         "msg": ${JSON.stringify(line.text)}\n      }`
  })
  return encoder.encode(`{\n   "dmesg": [\n      ${entries.join(',')}\n   ]\n}\n`)
}

/** All of them by name. */
export const transports: Readonly<Record<string, Transport>> = {
  asIs,
  callerRemoved,
  stampsRemoved,
  levelPrefixed,
  crlf,
  wrapped80,
  wrappedSoft,
  foldedAtSpaces,
  dmesgX,
  dmesgT,
  ansiColoured,
  rfc3164,
  rfc5424,
  rfc3339syslog,
  journalShort,
  journalJson,
  logcatThreadtime,
  netconsoleExtended,
  kmsgRecords,
  journalExport,
  htmlEscaped,
  quotedMail,
  pstoreParts,
  dmesgJson,
}
