// Facilities and levels of syslog(3), by the names that syslog.conf(5) and dmesg(1) know.

export const facilityNames = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  // RFC 5424 §6.2.1 gives these four names; <sys/syslog.h> has none for them
  'ntp',
  'audit',
  'console',
  'cron2',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const

export const levelNames = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const

/** <sys/syslog.h>, "don't use for new programs" */
const olderNames: Record<string, string> = { panic: 'emerg', error: 'err', warn: 'warning', security: 'auth' }

const numbered = (names: readonly string[]): Map<string, number> => new Map(names.map((name, number) => [name, number]))
const facilities = numbered(facilityNames)
const levels = numbered(levelNames)

const lookUp = (numbers: Map<string, number>, name: string): number | undefined => {
  const lower = name.toLowerCase()
  const known = numbers.get(lower) ?? numbers.get(olderNames[lower] ?? '')
  if (known !== undefined) return known
  return /^\d{1,2}$/.test(name) && Number(name) < numbers.size ? Number(name) : undefined
}

export const facilityNumber = (name: string): number | undefined => lookUp(facilities, name)
export const levelNumber = (name: string): number | undefined => lookUp(levels, name)
