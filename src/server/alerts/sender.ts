// Sends what is due: each alert to each of its channels until it is taken, those of a digest together. What was sent is
// written down after it was taken, so a server that is killed between may send a message twice, and never none.

import { visible } from '../../core/render/safe.ts'
import { say } from '../../core/say.ts'
import type { Store } from '../store/store.ts'
import { ChannelError } from './channels/channel.ts'
import { channelKind } from './channels/index.ts'
import { raiseDead } from './dead.ts'
import type { Alert, Message, Told } from './message.ts'
import type { AlertChannelTable } from './tables.ts'

/** So often it is looked for what is due. */
const LOOK_MS = 5000
const DEAD_MS = 30_000
/** A channel that does not take is asked again after so long, then after twice as long … */
const LEAST_RETRY_MS = 5000
const MOST_RETRY_MS = 60 * 60 * 1000
/** … and for so long. */
const GIVE_UP_MS = 24 * 60 * 60 * 1000
/** Alerts of one message. */
const MAX_TOGETHER = 500

interface Due {
  id: string
  rule_id: string
  channel_id: string
  due_at: number
  tries: number
  alert_id: string
  subject: string
  told: string
  at: number
}

export class AlertSender {
  readonly #store: Store
  readonly #url: string | undefined
  readonly #say: (message: string) => void
  readonly #timers: NodeJS.Timeout[]
  readonly #unlisten: () => void
  #running: Promise<void> | undefined
  #lookingForDead: Promise<void> | undefined
  #again = false
  #closed = false

  /** `url`: of this server, as people reach it */
  constructor(store: Store, url: string | undefined, say: (message: string) => void) {
    this.#store = store
    this.#url = url
    this.#say = say
    this.#timers = [
      setInterval(() => this.look(), LOOK_MS).unref(),
      setInterval(() => this.#lookForDead(), DEAD_MS).unref(),
    ]
    this.#unlisten = store.changed.add(({ issues }) => {
      if (issues) this.look()
    })
    this.look()
  }

  /** Something may be due. */
  look(): void {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#unlisten()
    await Promise.all([this.#running, this.#lookingForDead])
  }

  #lookForDead(): void {
    this.#lookingForDead ??= this.#dead().finally(() => {
      this.#lookingForDead = undefined
    })
  }

  async #dead(): Promise<void> {
    try {
      if (await raiseDead(this.#store, Date.now())) this.look()
    } catch (error) {
      this.#say(`alerts: ${messageOf(error)}`)
    }
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      try {
        await this.#sendDue()
      } catch (error) {
        this.#say(`alerts: ${messageOf(error)}`)
      }
    }
  }

  async #sendDue(): Promise<void> {
    const due: Due[] = await this.#store.db
      .selectFrom('alert_sends')
      .innerJoin('alerts', 'alerts.id', 'alert_sends.alert_id')
      .select([
        'alert_sends.id',
        'alert_sends.rule_id',
        'channel_id',
        'due_at',
        'tries',
        'alert_id',
        'subject',
        'told',
        'at',
      ])
      .where('state', '=', 'waiting')
      .where('due_at', '<=', Date.now())
      .orderBy('due_at')
      .orderBy('alert_sends.id')
      .limit(MAX_TOGETHER)
      .execute()
    if (due.length === MAX_TOGETHER) this.#again = true
    const channels = new Map<string, Due[][]>()
    for (const messages of Object.values(
      Object.groupBy(due, each => `${each.channel_id} ${each.rule_id} ${each.due_at}`),
    )) {
      const { channel_id } = messages![0]!
      channels.set(channel_id, [...(channels.get(channel_id) ?? []), messages!])
    }
    // A channel that hangs holds up no other.
    await Promise.all([...channels].map(([id, messages]) => this.#sendAll(id, messages)))
  }

  async #sendAll(channelId: string, messages: readonly Due[][]): Promise<void> {
    const channel = await this.#store.db
      .selectFrom('alert_channels')
      .selectAll()
      .where('id', '=', channelId)
      .executeTakeFirst()
    for (const message of messages) {
      if (channel === undefined) await this.#ended(message, 'failed', 'the channel was removed')
      else if (!(await this.#sendOne(channel, message))) {
        // What follows would fail too; it is asked after the first.
        await this.#later(messages.slice(messages.indexOf(message) + 1).flat(), message[0]!.tries)
        return
      }
    }
  }

  /** false: the channel does not take just now */
  async #sendOne(channel: AlertChannelTable, due: readonly Due[]): Promise<boolean> {
    const rule = await this.#store.db
      .selectFrom('alert_rules')
      .select(['name', 'digest_ms'])
      .where('id', '=', due[0]!.rule_id)
      .executeTakeFirst()
    const alerts = due.map(each => alertOf(each, this.#url)) as [Alert, ...Alert[]]
    const message: Message = { rule: rule?.name ?? alerts[0].rule, alerts, digestMs: rule?.digest_ms ?? 0 }
    try {
      await sendBy(channel, message)
      await this.#ended(due, 'sent')
      return true
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      const old = Date.now() - Math.min(...due.map(({ at }) => at)) > GIVE_UP_MS
      if (error.never || old) {
        this.#say(`alerts: channel "${channel.name}" does not take: ${error.message}`)
        await this.#ended(due, 'failed', error.message)
        return true
      }
      if (due[0]!.tries === 0) this.#say(`alerts: channel "${channel.name}": ${error.message}; it is tried again`)
      await this.#later(due, due[0]!.tries, error.message)
      return false
    }
  }

  async #ended(due: readonly Due[], state: 'sent' | 'failed', error?: string): Promise<void> {
    await this.#store.write(tx =>
      tx
        .updateTable('alert_sends')
        .set({ state, ended_at: Date.now(), error: error ?? null })
        .where(
          'id',
          'in',
          due.map(({ id }) => id),
        )
        .execute(),
    )
  }

  async #later(due: readonly Due[], tries: number, error?: string): Promise<void> {
    if (due.length === 0) return
    const wait = Math.min(MOST_RETRY_MS, LEAST_RETRY_MS * 2 ** Math.min(tries, 20))
    await this.#store.write(tx =>
      tx
        .updateTable('alert_sends')
        .set({ due_at: Date.now() + wait, tries: tries + 1, ...(error === undefined ? {} : { error }) })
        .where(
          'id',
          'in',
          due.map(({ id }) => id),
        )
        .execute(),
    )
  }
}

function alertOf({ alert_id, subject, told }: Due, url: string | undefined): Alert {
  const all = JSON.parse(told) as Told
  // What came out of a log is shown, never heeded.
  const safe = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, typeof value === 'string' ? visible(value) : value]),
  ) as unknown as Told
  const link = url === undefined ? {} : { url: new URL(`issues/${all.issue}`, url).href }
  return { id: alert_id, subject, ...safe, ...link }
}

/** Throws ChannelError. */
export async function sendBy(
  { kind, settings }: Pick<AlertChannelTable, 'kind' | 'settings'>,
  message: Message,
): Promise<void> {
  const found = channelKind(kind)
  if (found === undefined) throw new ChannelError(say`there is no channel of the kind "${kind}"`, true)
  await found.send(JSON.parse(settings), message)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
