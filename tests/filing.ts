// Reports that are filed in a store without having come from anywhere.

import type { Report } from '../src/core/model.ts'
import { type Filed, fileReport } from '../src/server/issues/file.ts'
import { hostRow } from '../src/server/issues/machines.ts'
import { summaryOf } from '../src/server/issues/summary.ts'
import { newId } from '../src/server/store/id.ts'
import type { Store } from '../src/server/store/store.ts'

export interface Where {
  host?: string
  at?: number
  bootId?: string
}

export const filedReport = (
  store: Store,
  report: Report,
  { host = 'one', at = Date.now(), bootId }: Where = {},
): Promise<Filed> =>
  store.write(async tx => {
    const hostId = await hostRow(tx, host, '', at)
    const when = { at, receivedAt: at }
    return fileReport(tx, store.search, { summary: summaryOf(report), bundleId: newId(), hostId, bootId, ...when })
  })
