// Every word of the UI in English, a file for each part. i18n/zh.ts has the same shape: what it lacks does not compile.

import { alerts, retention } from './en/alerts.ts'
import { decode } from './en/decode.ts'
import { hosts } from './en/hosts.ts'
import { diff, issue } from './en/issue.ts'
import { issues } from './en/issues.ts'
import { handIn, overview } from './en/overview.ts'
import { report, severity } from './en/report.ts'
import { settings } from './en/settings.ts'
import { shell } from './en/shell.ts'
import { symbols } from './en/symbols.ts'

export const en = {
  name: 'Faultline',
  /** kinds of reports by their names for people; where there is none, the API's own */
  kinds: {} as Partial<Record<string, string>>,
  ...{
    shell,
    decode,
    report,
    severity,
    overview,
    issues,
    issue,
    diff,
    hosts,
    settings,
    symbols,
    alerts,
    retention,
    handIn,
  },
  bytes: (count: number): string =>
    count < 1000 ? `${count} B` : count < 1e6 ? `${(count / 1e3).toFixed(0)} kB` : `${(count / 1e6).toFixed(1)} MB`,
}
