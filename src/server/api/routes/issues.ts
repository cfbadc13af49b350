// Issues: list, one, and what is done to them.

import type { z } from 'zod'
import { type Chosen, merge, move, setState, split } from '../../issues/change.ts'
import { IssueError } from '../../issues/history.ts'
import { undo } from '../../issues/undo.ts'
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

export const issueRoutes: Routes = (app, { store }) => {
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
    async ({ params: { id }, body, identity }) => ({
      history: await store.write(tx => setState(tx, actorOf(identity), id, body)),
    }),
  )
  app.post<{ Params: Params; Body: z.output<typeof mergeBodySchema> }>(
    '/api/v1/issues/:id/merge',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'All of it goes into another', tags, params, body: mergeBodySchema, gives }),
    },
    async ({ params: { id }, body, identity }) => ({
      history: await store.write(tx => merge(tx, actorOf(identity), id, body.into)),
      issue: body.into,
    }),
  )
  app.post<{ Params: Params; Body: z.output<typeof splitBodySchema> }>(
    '/api/v1/issues/:id/split',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Some of it becomes an issue', tags, params, body: splitBodySchema, gives }),
    },
    async ({ params: { id }, body, identity }) => {
      const made = await store.write(tx => split(tx, actorOf(identity), id, chosenOf(body)))
      return { history: made.historyId, issue: made.issueId }
    },
  )
  app.post<{ Params: Params; Body: z.output<typeof moveBodySchema> }>(
    '/api/v1/issues/:id/move',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Some of it goes into another', tags, params, body: moveBodySchema, gives }),
    },
    async ({ params: { id }, body, identity }) => ({
      history: await store.write(tx => move(tx, actorOf(identity), id, body.into, chosenOf(body))),
      issue: body.into,
    }),
  )
  app.post<{ Params: Params }>(
    '/api/v1/history/:id/undo',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Takes back an entry of the history', tags, params, gives }),
    },
    async ({ params: { id }, identity }) => ({ history: await store.write(tx => undo(tx, actorOf(identity), id)) }),
  )
}

function chosenOf({ fingerprints, reports }: z.output<typeof splitBodySchema>): Chosen {
  if (fingerprints !== undefined && reports === undefined) return { fingerprints }
  if (reports !== undefined && fingerprints === undefined) return { reports }
  throw new IssueError('malformed', 'give fingerprints or reports, one of them')
}
