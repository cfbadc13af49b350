// Reports and their evidence, and why two of them are one issue.

import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { Refusal } from '../../intake/refusal.ts'
import { samenessOf } from '../../issues/sameness.ts'
import type { Store } from '../../store/store.ts'
import { reportOf } from '../present.ts'
import { described, type Routes } from '../route.ts'
import {
  idParamsSchema,
  pageQuerySchema,
  reportDetailSchema,
  reportPageSchema,
  samenessQuerySchema,
  samenessSchema,
} from '../schemas.ts'
import { keptReport, shownReport } from '../shown-report.ts'

const tags = ['reports']
const params = idParamsSchema
const querystring = pageQuerySchema
type Params = z.output<typeof idParamsSchema>
type Page = z.output<typeof pageQuerySchema>

export const reportRoutes: Routes = (app, parts) => {
  const { store } = parts
  const page = (column: 'issue_id' | 'host_id', id: string, query: Page) => reportPage(store, column, id, query)
  app.get<{ Params: Params; Querystring: Page }>(
    '/api/v1/issues/:id/reports',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Its reports, the latest first',
        tags,
        params,
        querystring,
        gives: reportPageSchema,
      }),
    },
    ({ params: { id }, query }) => page('issue_id', id, query),
  )
  app.get<{ Params: Params; Querystring: Page }>(
    '/api/v1/hosts/:id/reports',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Its reports, the latest first',
        tags,
        params,
        querystring,
        gives: reportPageSchema,
      }),
    },
    ({ params: { id }, query }) => page('host_id', id, query),
  )
  app.get<{ Params: Params }>(
    '/api/v1/reports/:id',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'One report, decoded', tags, params, gives: reportDetailSchema }),
    },
    async ({ params: { id } }) => {
      const row = await rows(store).where('reports.id', '=', id).executeTakeFirst()
      if (row === undefined) throw new Refusal(404, say`there is no report ${id}`)
      const evidence = await store.db
        .selectFrom('evidence')
        .select(['path', 'hash', 'size_bytes as sizeBytes'])
        .where('bundle_id', '=', row.bundle_id)
        .orderBy('path')
        .execute()
      return { ...reportOf(row), report: await shownReport(parts, id), evidence }
    },
  )
  app.get<{ Params: { id: string; '*': string } }>(
    '/api/v1/reports/:id/evidence/*',
    { config: { who: 'viewer' }, schema: { tags, summary: 'The bytes of one file of its bundle' } },
    async ({ params: { id, '*': path } }, reply) => {
      const file = await store.db
        .selectFrom('evidence')
        .innerJoin('reports', 'reports.bundle_id', 'evidence.bundle_id')
        .select('hash')
        .where('reports.id', '=', id)
        .where('path', '=', path)
        .executeTakeFirst()
      const bytes = file && (await store.blobs.read(file.hash))
      if (file === undefined) throw new Refusal(404, say`there is no file of this name with report ${id}`)
      if (bytes === undefined) throw new Error(`evidence ${file.hash} is not there, or not as it was written`)
      // Never shown by a browser as what it says it is.
      return reply.type('application/octet-stream').header('Content-Disposition', 'attachment').send(Buffer.from(bytes))
    },
  )
  app.get<{ Querystring: z.output<typeof samenessQuerySchema> }>(
    '/api/v1/sameness',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'What two reports have in common, and what not',
        tags,
        querystring: samenessQuerySchema,
        gives: samenessSchema,
      }),
    },
    async ({ query: { one, other } }) => samenessOf(await keptReport(store, one), await keptReport(store, other)),
  )
}

const rows = ({ db }: Store) =>
  db
    .selectFrom('reports')
    .innerJoin('hosts', 'hosts.id', 'reports.host_id')
    .selectAll('reports')
    .select('hosts.name as host_name')

async function reportPage(store: Store, column: 'issue_id' | 'host_id', id: string, { limit, after }: Page) {
  let query = rows(store)
    .where(`reports.${column}`, '=', id)
    .orderBy('reports.at', 'desc')
    .orderBy('reports.id', 'desc')
    .limit(limit + 1)
  if (after !== undefined) {
    const last = await store.db.selectFrom('reports').select('at').where('id', '=', after).executeTakeFirst()
    if (last === undefined) throw new Refusal(400, say`after: expected what \`next\` of the page before said`)
    query = query.where(each =>
      each.or([
        each('reports.at', '<', last.at),
        each.and([each('reports.at', '=', last.at), each('reports.id', '<', after)]),
      ]),
    )
  }
  const found = await query.execute()
  const reports = found.slice(0, limit).map(reportOf)
  return { reports, ...(found.length > limit ? { next: reports.at(-1)!.id } : {}) }
}
