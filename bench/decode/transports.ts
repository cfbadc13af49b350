import type { NoiseLine } from './noise.ts'

/** Where and when a line of the bench log was written. */
export interface Moment {
  /** since the Unix epoch */
  bootMs: number
  sinceBootUs: number
  host: string
  /** thread that printed it */
  thread: number
}

export interface Transport {
  name: string
  /** daemons write into the same file */
  daemons: boolean
  line(line: NoiseLine, moment: Moment): string
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The kernel's own stamp, kernel/printk/printk.c, print_time(). */
function sinceBoot({ sinceBootUs }: Moment): string {
  const seconds = Math.floor(sinceBootUs / 1e6)
  return `[${String(seconds).padStart(5)}.${String(sinceBootUs % 1e6).padStart(6, '0')}]`
}

function clock(date: Date): string {
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
}

function wall({ bootMs, sinceBootUs }: Moment): Date {
  return new Date(bootMs + Math.floor(sinceBootUs / 1000))
}

/** `Nov 12 03:04:05 host`, RFC 3164. */
function syslogStamp(moment: Moment): string {
  const date = wall(moment)
  return `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clock(date)} ${moment.host}`
}

/** The five forms in which kernel logs are mostly met, each for a stretch of the bench log. */
export const transports: readonly Transport[] = [
  { name: 'dmesg', daemons: false, line: ({ text }, moment) => `${sinceBoot(moment)} ${text}` },
  {
    name: 'syslog',
    daemons: true,
    line: ({ tag, text }, moment) =>
      tag === undefined
        ? `${syslogStamp(moment)} kernel: ${sinceBoot(moment)} ${text}`
        : `${syslogStamp(moment)} ${tag}: ${text}`,
  },
  {
    name: 'journald short',
    daemons: true,
    line: ({ tag, text }, moment) => `${syslogStamp(moment)} ${tag ?? 'kernel'}: ${text}`,
  },
  {
    name: 'dmesg -T',
    daemons: false,
    line: ({ text }, moment) => {
      const date = wall(moment)
      const day = `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`
      return `[${day} ${clock(date)} ${date.getUTCFullYear()}] ${text}`
    },
  },
  {
    name: 'caller-stamped',
    daemons: false,
    line: ({ text }, moment) => `${sinceBoot(moment)}[${`T${moment.thread}`.padStart(6)}] ${text}`,
  },
]
