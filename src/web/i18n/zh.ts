// 界面的全部中文文字。形状与 en.ts 相同：缺少的词无法编译。

import type { en } from './en.ts'
import { alerts, retention } from './zh/alerts.ts'
import { decode } from './zh/decode.ts'
import { hosts } from './zh/hosts.ts'
import { diff, issue } from './zh/issue.ts'
import { issues } from './zh/issues.ts'
import { kinds } from './zh/kinds.ts'
import { handIn, overview } from './zh/overview.ts'
import { report, severity } from './zh/report.ts'
import { settings } from './zh/settings.ts'
import { shell } from './zh/shell.ts'
import { symbols } from './zh/symbols.ts'

export const zh: typeof en = {
  name: 'Faultline',
  kinds,
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
  bytes: count =>
    count < 1000 ? `${count} B` : count < 1e6 ? `${(count / 1e3).toFixed(0)} kB` : `${(count / 1e6).toFixed(1)} MB`,
}
