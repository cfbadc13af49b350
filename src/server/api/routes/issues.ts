// Issues: list, one, and what is done to them.

import type { FastifyRequest } from 'fastify'
import type { Transaction } from 'kysely'
import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { audit } from '../../access/audit.ts'
import { type Chosen, merge, move, setState, split } from '../../issues/change.ts'
import { type Detail, IssueError } from '../../issues/history.ts'
import { undo } from '../../issues/undo.ts'
import type { Tables } from '../../store/tables.ts'
import { byOf } from '../guard.ts'
import { issueDetail } from '../issue-detail.ts'
import { listIssues } from '../issue-list.ts'
import { actorOf, described, type Routes } from '../route.ts'
import {
  changedSchema,
  idParamsSchema,
  issueDetailSchema,
  issuePageSchema,
  issueQuerySchema,
  mergeBodySchema,
  moveBodySchema,
  splitBodySchema,
  stateBodySchema,
} from '../schemas.ts'

const tags = ['issues']
const params = idParamsSchema
type Params = z.output<typeof idParamsSchema>
const gives = changedSchema

/** Gives the id of its entry in the history. */
type Change = (tx: Transaction<Tables>, actor: string) => Promise<string>

export const issueRoutes: Routes = (app, { store }) => {
  const change = (request: FastifyRequest, work: Change): Promise<string> =>
    store.write(async tx => {
      const id = await work(tx, actorOf(request.identity))
      const row = await tx.selectFrom('issue_history').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      const { before, ...after } = JSON.parse(row.detail) as Detail
      const act = { action: `issue.${row.action}`, target: row.issue_id, before, after: { history: id, ...after } }
      await audit(tx, byOf(request), act)
      request.audited = true
      return id
    })
  app.get<{ Querystring: z.output<typeof issueQuerySchema> }>(
    '/api/v1/issues',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'Issues', tags, querystring: issueQuerySchema, gives: issuePageSchema }),
    },
    ({ query }) => listIssues(store, query),
  )
  app.get<{ Params: Params }>(
    '/api/v1/issues/:id',
    { config: { who: 'viewer' }, schema: described({ summary: 'One issue', tags, params, gives: issueDetailSchema }) },
    request => issueDetail(store, request.params.id),
  )
  app.post<{ Params: Params; Body: z.output<typeof stateBodySchema> }>(
    '/api/v1/issues/:id/state',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Says what it is', tags, params, body: stateBodySchema, gives }),
    },
    async request => ({
      history: await change(request, (tx, actor) => setState(tx, actor, request.params.id, request.body)),
    }),
  )
  app.post<{ Params: Params; Body: z.output<typeof mergeBodySchema> }>(
    '/api/v1/issues/:id/merge',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'All of it goes into another', tags, params, body: mergeBodySchema, gives }),
    },
    async request => {
      const { into } = request.body
      return { history: await change(request, (tx, actor) => merge(tx, actor, request.params.id, into)), issue: into }
    },
  )
  app.post<{ Params: Params; Body: z.output<typeof splitBodySchema> }>(
    '/api/v1/issues/:id/split',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Some of it becomes an issue', tags, params, body: splitBodySchema, gives }),
    },
    async request => {
      let issue = ''
      const history = await change(request, async (tx, actor) => {
        const made = await split(tx, actor, request.params.id, chosenOf(request.body))
        issue = made.issueId
        return made.historyId
      })
      return { history, issue }
    },
  )
  app.post<{ Params: Params; Body: z.output<typeof moveBodySchema> }>(
    '/api/v1/issues/:id/move',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Some of it goes into another', tags, params, body: moveBodySchema, gives }),
    },
    async request => {
      const { into, ...chosen } = request.body
      const work: Change = (tx, actor) => move(tx, actor, request.params.id, into, chosenOf(chosen))
      return { history: await change(request, work), issue: into }
    },
  )
  app.post<{ Params: Params }>(
    '/api/v1/history/:id/undo',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Takes back an entry of the history', tags, params, gives }),
    },
    async request => ({ history: await change(request, (tx, actor) => undo(tx, actor, request.params.id)) }),
  )
}

function chosenOf({ fingerprints, reports }: z.output<typeof splitBodySchema>): Chosen {
  if (fingerprints !== undefined && reports === undefined) return { fingerprints }
  if (reports !== undefined && fingerprints === undefined) return { reports }
  throw new IssueError('malformed', say`give fingerprints or reports, one of them`)
}
