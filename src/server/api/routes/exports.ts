// Reports that leave the server: as one page that works offline, for a bug tracker, as JSON.

import type { FastifyReply } from 'fastify'
import type { z } from 'zod'
import type { Report } from '../../../core/model.ts'
import { renderHtml } from '../../../core/render/html.ts'
import { renderJsonLine } from '../../../core/render/json.ts'
import { renderMarkdown } from '../../../core/render/markdown.ts'
import { say } from '../../../core/say.ts'
import { IssueError } from '../../issues/history.ts'
import { described, type Routes } from '../route.ts'
import { idParamsSchema } from '../schemas.ts'
import { shownReport } from '../shown-report.ts'

const tags = ['exports']
type Params = z.output<typeof idParamsSchema>

interface Format {
  name: 'html' | 'markdown' | 'json'
  ending: string
  type: string
  summary: string
  render: (reports: readonly Report[]) => string
}

/** To add one: a row. */
const formats: readonly Format[] = [
  {
    name: 'html',
    ending: 'html',
    type: 'text/html; charset=utf-8',
    summary: 'as one HTML file that works offline',
    render: renderHtml,
  },
  {
    name: 'markdown',
    ending: 'md',
    type: 'text/markdown; charset=utf-8',
    summary: 'as Markdown for a bug tracker',
    render: reports => reports.map(renderMarkdown).join('\n'),
  },
  {
    name: 'json',
    ending: 'jsonl',
    type: 'application/jsonl; charset=utf-8',
    summary: 'as JSON, one object a line: docs/report.schema.json',
    render: reports => reports.map(renderJsonLine).join(''),
  },
]

/** Of an issue, the newest. */
const MAX_REPORTS = 20

export const exportRoutes: Routes = (app, parts) => {
  const { store } = parts
  for (const format of formats) {
    app.get<{ Params: Params }>(
      `/api/v1/reports/:id/${format.name}`,
      {
        config: { who: 'viewer' },
        schema: described({ summary: `One report ${format.summary}`, tags, params: idParamsSchema }),
      },
      async ({ params: { id } }, reply) => give(reply, format, `report-${id}`, [await shownReport(parts, id)]),
    )
    app.get<{ Params: Params }>(
      `/api/v1/issues/:id/${format.name}`,
      {
        config: { who: 'viewer' },
        schema: described({
          summary: `The newest ${MAX_REPORTS} reports of an issue ${format.summary}`,
          tags,
          params: idParamsSchema,
        }),
      },
      async ({ params: { id } }, reply) => {
        const rows = await store.db
          .selectFrom('reports')
          .select('id')
          .where('issue_id', '=', id)
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(MAX_REPORTS)
          .execute()
        if (rows.length === 0) throw new IssueError('missing', say`there is no issue ${id} that has reports`)
        const reports: Report[] = []
        for (const row of rows) reports.push(await shownReport(parts, row.id))
        return give(reply, format, `issue-${id}`, reports)
      },
    )
  }
}

/** A file to keep: a browser does not show it as a page of this server. */
const give = (reply: FastifyReply, { type, ending, render }: Format, name: string, reports: readonly Report[]) =>
  reply
    .type(type)
    .header('Content-Disposition', `attachment; filename="faultline-${name.replace(/[^\w-]/g, '')}.${ending}"`)
    .send(render(reports))
