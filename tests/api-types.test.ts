// The UI's types are what the server's schemas say. The compiler holds one to the other; the test is that it compiles.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { z } from 'zod'
import type {
  alertPageSchema,
  channelListSchema,
  ruleListSchema,
  silenceListSchema,
} from '../src/server/alerts/schemas.ts'
import type {
  apiTokensSchema,
  auditPageSchema,
  enrolmentsSchema,
  sessionSchema,
  sessionsSchema,
  usersSchema,
} from '../src/server/api/access-schemas.ts'
import type { hostDetailSchema, hostLogPageSchema } from '../src/server/api/machine-schemas.ts'
import type { overviewSchema } from '../src/server/api/overview-schema.ts'
import type { retentionResultSchema, retentionSchema } from '../src/server/api/retention-schemas.ts'
import type {
  changedSchema,
  hostPageSchema,
  hostSchema,
  issueDetailSchema,
  issuePageSchema,
  issueSchema,
  reportDetailSchema,
  reportPageSchema,
  samenessSchema,
} from '../src/server/api/schemas.ts'
import type { symbolsSchema } from '../src/server/api/symbol-schemas.ts'
import type * as web from '../src/web/api/types.ts'
import type * as alerts from '../src/web/settings/alert-types.ts'
import type * as settings from '../src/web/settings/types.ts'

/** What the server may answer is all that the UI expects. */
type Gives<Schema extends z.ZodType, Expected> = z.output<Schema> extends Expected ? true : never

const held: readonly true[] = [
  true satisfies Gives<typeof issueSchema, web.Issue>,
  true satisfies Gives<typeof issuePageSchema, web.IssuePage>,
  true satisfies Gives<typeof issueDetailSchema, web.IssueDetail>,
  true satisfies Gives<typeof reportPageSchema, web.ReportPage>,
  true satisfies Gives<typeof hostSchema, web.Host>,
  true satisfies Gives<typeof hostPageSchema, web.HostPage>,
  true satisfies Gives<typeof hostDetailSchema, web.HostDetail>,
  true satisfies Gives<typeof hostLogPageSchema, web.HostLogPage>,
  true satisfies Gives<typeof symbolsSchema, web.SymbolsAnswer>,
  true satisfies Gives<typeof overviewSchema, web.Overview>,
  true satisfies Gives<typeof samenessSchema, web.Sameness>,
  true satisfies Gives<typeof changedSchema, web.Changed>,
  true satisfies Gives<typeof sessionSchema, web.SessionAnswer>,
  true satisfies Gives<typeof usersSchema, { users: settings.User[] }>,
  true satisfies Gives<typeof sessionsSchema, { sessions: settings.OpenSession[] }>,
  true satisfies Gives<typeof apiTokensSchema, { tokens: settings.ApiToken[] }>,
  true satisfies Gives<typeof enrolmentsSchema, settings.Enrolments>,
  true satisfies Gives<typeof auditPageSchema, settings.AuditPage>,
  true satisfies Gives<typeof ruleListSchema, { rules: alerts.Rule[] }>,
  true satisfies Gives<typeof channelListSchema, alerts.Channels>,
  true satisfies Gives<typeof silenceListSchema, { silences: alerts.Silence[] }>,
  true satisfies Gives<typeof alertPageSchema, { alerts: alerts.AlertRow[] }>,
  true satisfies Gives<typeof retentionSchema, alerts.Retention>,
  true satisfies Gives<typeof retentionResultSchema, alerts.RetentionResult>,
  // The report in it has a schema of its own, which tests/schema.test.ts holds.
  true satisfies Gives<typeof reportDetailSchema, Omit<web.ReportDetail, 'report'>>,
]

test('the UI expects what the server says', () => assert.ok(held.every(Boolean)))
