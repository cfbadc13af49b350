// 内核异常的解释、服务器的拒绝和代理程序的话：以英文句式为键，每个主题一个文件。

import { addresses } from './addresses.ts'
import { boots } from './boots.ts'
import { checks } from './checks.ts'
import { doctor } from './doctor.ts'
import { failures } from './failures.ts'
import { faults } from './faults.ts'
import { files } from './files.ts'
import { issues } from './issues.ts'
import { locking } from './locking.ts'
import { others } from './others.ts'
import { reports } from './reports.ts'
import { server } from './server.ts'

export const said: Readonly<Record<string, string>> = {
  ...{ ...addresses, ...boots, ...checks, ...doctor, ...failures, ...faults, ...files },
  ...{ ...issues, ...locking, ...others, ...reports, ...server },
}
