// The overview.

export const overview = {
  title: 'Overview',
  spans: { 24: '24 hours', 168: '7 days', 720: '30 days' } as Record<number, string>,
  span: 'Span',
  by: 'By',
  byKind: 'kind',
  byRelease: 'kernel',
  chart: 'Reports over time',
  unknown: 'not known',
  rest: 'others',
  counts: {
    reports: 'reports',
    newIssues: 'new issues',
    openIssues: 'open issues',
    regressed: 'regressed',
    hosts: (all: number): string => `of ${all.toLocaleString('en')} hosts in trouble today`,
  },
  top: 'Most reports, last 24 hours',
  topNone: 'No report in the last 24 hours.',
  trouble: 'Hosts in trouble, last 24 hours',
  troubleNone: 'No host reported anything in the last 24 hours.',
  fatal: (count: number): string => `${count} fatal`,
  latest: 'Newest reports',
  all: 'All issues',
  none: {
    title: 'No report yet',
    text: 'This server runs, and nothing has gone wrong on any machine that sends to it, or none sends yet.',
    send: 'Each host sends what it captures:',
    paste: 'Hand it a log, as it came',
    decode: 'or look at one in this browser',
  },
}

export const handIn = {
  label: 'Hand in logs…',
  keep: 'File on this server',
  filed: (count: number): string => (count === 1 ? 'one report is filed' : `${count} reports are filed`),
  show: 'Show',
}
