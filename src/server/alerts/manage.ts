// Channels, rules and silences as people set them.

import type { z } from 'zod'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import { newId } from '../store/id.ts'
import type { Store } from '../store/store.ts'
import { channelKind } from './channels/index.ts'
import type { channelBodySchema, ruleBodySchema, silenceBodySchema } from './schemas.ts'
import type { AlertChannelTable, AlertRuleTable, AlertSilenceTable } from './tables.ts'

export const channelOf = ({ id, name, kind, settings, created_at }: AlertChannelTable) => {
  const given = JSON.parse(settings) as Record<string, unknown>
  for (const secret of channelKind(kind)?.secrets ?? []) delete given[secret]
  return { id, name, kind, settings: given, createdAt: created_at }
}

export const ruleOf = (row: AlertRuleTable) => ({
  id: row.id,
  name: row.name,
  occasion: row.occasion,
  filter: JSON.parse(row.filter) as object,
  channels: JSON.parse(row.channels) as string[],
  count: row.count,
  windowMs: row.window_ms,
  digestMs: row.digest_ms,
  enabled: row.enabled === 1,
  createdAt: row.created_at,
})

export const silenceOf = ({ id, filter, until, note, actor, created_at }: AlertSilenceTable) => ({
  id,
  filter: JSON.parse(filter) as object,
  untilMs: until,
  ...(note === null ? {} : { note }),
  actor,
  createdAt: created_at,
})

/** `id`: of the one that it replaces, whose secrets stay where none is given. Gives its id. Throws Refusal. */
export async function saveChannel(
  store: Store,
  body: z.output<typeof channelBodySchema>,
  id?: string,
): Promise<string> {
  const kind = channelKind(body.kind)
  if (kind === undefined) throw new Refusal(400, say`there is no channel of the kind "${body.kind}"`)
  const former = id === undefined ? undefined : await one(store, 'alert_channels', id)
  const kept = former?.kind === body.kind ? (JSON.parse(former.settings) as Record<string, unknown>) : {}
  const secrets = Object.fromEntries(kind.secrets.flatMap(each => (each in kept ? [[each, kept[each]]] : [])))
  const checked = kind.settings.safeParse({ ...secrets, ...body.settings })
  if (!checked.success) {
    const said = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    throw new Refusal(400, say`settings of ${body.kind}: ${said}`)
  }
  const row = { name: body.name, kind: body.kind, settings: JSON.stringify(checked.data) }
  return save(store, 'alert_channels', row, id)
}

/** Gives its id. Throws Refusal. */
export async function saveRule(store: Store, body: z.output<typeof ruleBodySchema>, id?: string): Promise<string> {
  for (const channel of body.channels) await one(store, 'alert_channels', channel)
  const row = {
    name: body.name,
    occasion: body.occasion,
    filter: JSON.stringify(body.filter),
    channels: JSON.stringify([...new Set(body.channels)]),
    count: body.count,
    window_ms: body.windowMs,
    digest_ms: body.digestMs,
    enabled: body.enabled ? 1 : 0,
  }
  if (id !== undefined) await one(store, 'alert_rules', id)
  return save(store, 'alert_rules', row, id)
}

/** Gives its id. Throws Refusal. */
export async function addSilence(
  store: Store,
  { filter, untilMs, note }: z.output<typeof silenceBodySchema>,
  actor: string,
): Promise<string> {
  if (Object.keys(filter).length === 0) throw new Refusal(400, say`filter: an empty one would silence everything`)
  if (untilMs <= Date.now()) throw new Refusal(400, say`untilMs: that is over already`)
  const row = { id: newId(), filter: JSON.stringify(filter), until: untilMs, note: note ?? null, actor }
  await store.write(tx =>
    tx
      .insertInto('alert_silences')
      .values({ ...row, created_at: Date.now() })
      .execute(),
  )
  return row.id
}

type Named = 'alert_channels' | 'alert_rules'

/** Throws Refusal where there is none. */
async function one(store: Store, table: Named, id: string) {
  const row = await store.db.selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined)
    throw new Refusal(404, table === 'alert_rules' ? say`there is no rule ${id}` : say`there is no channel ${id}`)
  return row as AlertChannelTable & AlertRuleTable
}

async function save(store: Store, table: Named, row: { name: string }, id: string | undefined): Promise<string> {
  const other = await store.db.selectFrom(table).select('id').where('name', '=', row.name).executeTakeFirst()
  if (other !== undefined && other.id !== id) throw new Refusal(409, say`the name "${row.name}" is taken`)
  const key = id ?? newId()
  await store.write<unknown>(tx =>
    id === undefined
      ? tx
          .insertInto(table)
          .values({ ...row, id: key, created_at: Date.now() } as never)
          .execute()
      : tx
          .updateTable(table)
          .set(row as never)
          .where('id', '=', key)
          .execute(),
  )
  return key
}

/** Throws Refusal where there is none. */
export async function remove(store: Store, table: Named | 'alert_silences', id: string): Promise<void> {
  const { numDeletedRows } = await store.write(tx =>
    tx.deleteFrom(table).where('id', '=', id).executeTakeFirstOrThrow(),
  )
  if (numDeletedRows === 0n) throw new Refusal(404, say`there is none of this id: ${id}`)
}

/** What "send a test" sends. */
export function sampleMessage(rule: string) {
  const id = newId()
  const at = Date.now()
  return {
    rule,
    digestMs: 0,
    alerts: [
      {
        id,
        subject: id,
        rule,
        occasion: 'new-issue',
        why: say`a test, asked for by hand: nothing has happened`,
        at,
        issue: id,
        report: id,
        title: 'BUG: unable to handle kernel NULL pointer dereference in a_test_of_alerts',
        kind: 'null-dereference',
        severity: 'oops',
        fatal: false,
        host: 'no-host',
      },
    ],
  } as const
}
