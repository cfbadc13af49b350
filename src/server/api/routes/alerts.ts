// Alerts: those that were made, and who is told of what.

import type { z } from 'zod'
import { say } from '../../../core/say.ts'
import { ChannelError, channelKinds } from '../../alerts/channels/index.ts'
import {
  addSilence,
  channelOf,
  remove,
  ruleOf,
  sampleMessage,
  saveChannel,
  saveRule,
  silenceOf,
} from '../../alerts/manage.ts'
import type { Told } from '../../alerts/message.ts'
import * as schemas from '../../alerts/schemas.ts'
import { sendBy } from '../../alerts/sender.ts'
import { Refusal } from '../../intake/refusal.ts'
import type { Store } from '../../store/store.ts'
import { actorOf, described, type Routes } from '../route.ts'
import { idParamsSchema, jsonSchema, pageQuerySchema } from '../schemas.ts'

const tags = ['alerts']
const params = idParamsSchema
type Params = z.output<typeof idParamsSchema>

export const alertRoutes: Routes = (app, { store }) => {
  app.get<{ Querystring: z.output<typeof pageQuerySchema> }>(
    '/api/v1/alerts',
    {
      config: { who: 'viewer' },
      schema: described({
        summary: 'Alerts, the latest first, and to whom they went',
        tags,
        querystring: pageQuerySchema,
        gives: schemas.alertPageSchema,
      }),
    },
    ({ query }) => alertPage(store, query),
  )

  app.get(
    '/api/v1/alert-channels',
    { schema: described({ summary: 'Ways to tell somebody', tags, gives: schemas.channelListSchema }) },
    async () => {
      const rows = await store.db.selectFrom('alert_channels').selectAll().orderBy('name').execute()
      const kinds = channelKinds.map(({ name, what, settings }) => ({ name, what, settings: jsonSchema(settings) }))
      return { channels: rows.map(channelOf), kinds }
    },
  )
  app.post<{ Body: z.output<typeof schemas.channelBodySchema> }>(
    '/api/v1/alert-channels',
    { schema: described({ summary: 'Another', tags, body: schemas.channelBodySchema, gives: schemas.createdSchema }) },
    async ({ body }) => ({ id: await saveChannel(store, body) }),
  )
  app.put<{ Params: Params; Body: z.output<typeof schemas.channelBodySchema> }>(
    '/api/v1/alert-channels/:id',
    {
      schema: described({
        summary: 'Changed',
        tags,
        params,
        body: schemas.channelBodySchema,
        gives: schemas.createdSchema,
      }),
    },
    async ({ body, params: { id } }) => ({ id: await saveChannel(store, body, id) }),
  )
  app.post<{ Params: Params }>(
    '/api/v1/alert-channels/:id/test',
    { schema: described({ summary: 'Sends a message that says that it is a test', tags, params }) },
    async ({ params: { id } }, reply) => {
      const channel = await store.db.selectFrom('alert_channels').selectAll().where('id', '=', id).executeTakeFirst()
      if (channel === undefined) throw new Refusal(404, say`there is no channel ${id}`)
      try {
        await sendBy(channel, sampleMessage('test'))
      } catch (error) {
        if (!(error instanceof ChannelError)) throw error
        throw new Refusal(422, say`it was not taken: ${error.message}`)
      }
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/alert-rules',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'When somebody is told', tags, gives: schemas.ruleListSchema }),
    },
    async () => ({
      rules: (await store.db.selectFrom('alert_rules').selectAll().orderBy('name').execute()).map(ruleOf),
    }),
  )
  app.post<{ Body: z.output<typeof schemas.ruleBodySchema> }>(
    '/api/v1/alert-rules',
    { schema: described({ summary: 'Another', tags, body: schemas.ruleBodySchema, gives: schemas.createdSchema }) },
    async ({ body }) => ({ id: await saveRule(store, body) }),
  )
  app.put<{ Params: Params; Body: z.output<typeof schemas.ruleBodySchema> }>(
    '/api/v1/alert-rules/:id',
    {
      schema: described({
        summary: 'Changed',
        tags,
        params,
        body: schemas.ruleBodySchema,
        gives: schemas.createdSchema,
      }),
    },
    async ({ body, params: { id } }) => ({ id: await saveRule(store, body, id) }),
  )

  app.get(
    '/api/v1/alert-silences',
    {
      config: { who: 'viewer' },
      schema: described({ summary: 'Of what nobody is told for a while', tags, gives: schemas.silenceListSchema }),
    },
    async () => {
      const rows = store.db.selectFrom('alert_silences').selectAll().where('until', '>', Date.now())
      return { silences: (await rows.orderBy('until').orderBy('id').execute()).map(silenceOf) }
    },
  )
  app.post<{ Body: z.output<typeof schemas.silenceBodySchema> }>(
    '/api/v1/alert-silences',
    {
      config: { who: 'triager' },
      schema: described({ summary: 'Another', tags, body: schemas.silenceBodySchema, gives: schemas.createdSchema }),
    },
    async ({ body, identity }) => ({ id: await addSilence(store, body, actorOf(identity)) }),
  )

  for (const [path, table, who] of [
    ['alert-channels', 'alert_channels', 'admin'],
    ['alert-rules', 'alert_rules', 'admin'],
    ['alert-silences', 'alert_silences', 'triager'],
  ] as const) {
    app.delete<{ Params: Params }>(
      `/api/v1/${path}/:id`,
      { config: { who }, schema: described({ summary: 'Ends it', tags, params }) },
      async ({ params: { id } }, reply) => {
        await remove(store, table, id)
        return reply.code(204).send()
      },
    )
  }
}

async function alertPage({ db }: Store, { limit, after }: z.output<typeof pageQuerySchema>) {
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .$if(after !== undefined, query => query.where('id', '<', after!))
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const shown = rows.slice(0, limit)
  // No database has a list without anything in it.
  if (shown.length === 0) return { alerts: [] }
  const sends = await db
    .selectFrom('alert_sends')
    .leftJoin('alert_channels', 'alert_channels.id', 'channel_id')
    .select(['alert_id', 'state', 'tries', 'due_at', 'ended_at', 'error', 'alert_channels.name'])
    .where(
      'alert_id',
      'in',
      shown.map(({ id }) => id),
    )
    .orderBy('alert_sends.id')
    .execute()
  const alerts = shown.map(({ id, silence_id, told }) => {
    const { rule, occasion, why, at, issue, report, title, host, release } = JSON.parse(told) as Told
    return {
      ...{ id, at, rule, occasion, why, issue, report, title, host },
      ...(release === undefined ? {} : { release }),
      silenced: silence_id !== null,
      sends: sends
        .filter(({ alert_id }) => alert_id === id)
        .map(({ name, state, tries, due_at, ended_at, error }) => ({
          channel: name ?? 'one that was removed',
          state,
          tries,
          at: ended_at ?? due_at,
          ...(error === null ? {} : { error }),
        })),
    }
  })
  return { alerts, ...(rows.length > limit ? { next: shown.at(-1)!.id } : {}) }
}
