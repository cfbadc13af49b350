// The agent: what the sources bring goes to the routes and through decoders into the spool, and nothing of it waits for
// another part.

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../../core/model.ts'
import { createPoller } from '../../node/poller.ts'
import { type ServiceNotifier, serviceNotifier } from '../../node/service-notify.ts'
import type { Draft } from '../bundles/bundle.ts'
import { Haven } from '../bundles/haven.ts'
import { SpoolError } from '../bundles/problem.ts'
import { Spool } from '../bundles/spool.ts'
import { WallClock } from '../clock.ts'
import type { Config } from '../config/keys.ts'
import { nodeHost } from '../host.ts'
import { createRouter, parseRoute, type Router, routeHost } from '../routes/index.ts'
import { SourceError, type SourceHost } from '../sources/index.ts'
import { SymbolKeeper } from '../symbols/keeper.ts'
import { Channel, type ChannelOutput } from './channel.ts'
import { Keeper } from './keeper.ts'
import { KernelCounter } from './kernel-counts.ts'
import { KnownRecords } from './known.ts'
import type { Found } from './lane.ts'
import { PositionFile, type Positions } from './positions.ts'
import { type Status, writeStatus } from './status.ts'
import { WatchedTime } from './watched-time.ts'

export interface WatchOptions {
  config: Config
  version: string
  /** false: no bundles are kept */
  spool?: boolean
  /** one line for the service's log */
  tell(message: string): void
  /** all sources have ended, or the agent cannot go on: `problem` says why */
  ended(problem?: string): void
  /** a bundle is durable */
  bundled?(bundle: { name: string; path: string }, draft: Draft, spool: Spool): void
  /** the spool is open, the sources too */
  ready?(spool: Spool): void
  notifier?: ServiceNotifier
  bootId?: string
}

/** Silences are looked for this often while something is under way, and so long after the last record. */
const TICK_MS = 100
const LIVELY_MS = 3000
const HOUSEKEEPING_MS = 10_000
/** Positions are saved again when the routes may have taken what waited. */
const SAVE_AGAIN_MS = 5
const STATUS_MS = 1000
const SPOOL_RETRY_MS = 5000
/** Told once each; the status shows the last of them. */
const MAX_TROUBLES = 20
/** An orderly end waits so long for reports under way, for the spool and for the routes. */
const SETTLE_AT_END_MS = 2000
const SPOOL_AT_END_MS = 8000
const ROUTES_AT_END_MS = 3000

export class Watch {
  private options: WatchOptions
  private config: Config
  private readonly notifier: ServiceNotifier
  private readonly host: SourceHost
  private channels: Channel[] = []
  private router: Router
  private readonly keeper: Keeper
  private readonly haven: Haven
  private symbols: SymbolKeeper | undefined
  private readonly counter = new KernelCounter()
  private readonly known: KnownRecords
  private readonly positions: { own?: PositionFile; other?: PositionFile }
  private readonly startedMs = Date.now()
  private readonly startedUs = Number(process.hrtime.bigint() / 1000n)
  private spool: Promise<Spool> | undefined
  private spoolTriedAt = Number.NEGATIVE_INFINITY
  private lastBundle: string | undefined
  private troubles: Status['troubles'] = []
  private tickTimer: NodeJS.Timeout | undefined
  private statusTimer: NodeJS.Timeout | undefined
  private readonly timers: NodeJS.Timeout[] = []
  private readonly time = new WatchedTime(performance.now())
  private livelyUntil = 0
  private saving = false
  private routesIdle = true
  private saveWaitMs = SAVE_AGAIN_MS
  private saveTimer: NodeJS.Timeout | undefined
  private closing: Promise<void> | undefined

  private constructor(options: WatchOptions) {
    this.options = options
    this.config = options.config
    this.notifier = options.notifier ?? serviceNotifier()
    const bootId = options.bootId ?? readBootId()
    this.host = { poller: createPoller(), clock: new WallClock(), bootId }
    this.router = this.openRouter()
    this.known = new KnownRecords(bootId)
    const { sameLimit, sameInterval } = this.config.watch
    this.haven = new Haven({
      main: () => this.openSpool(),
      elsewhere: join(this.config.watch.runtime, 'bundles'),
      collect: this.config.collect,
      bootId,
      beforeCollection: async () => {
        await this.symbols?.refresh()
      },
      say: message => this.trouble(message),
    })
    this.keeper = new Keeper({
      sameLimit,
      sameIntervalMs: sameInterval,
      spool: async () => this.haven,
      // A spool that cannot be opened has nothing; its bundles are looked through once more when they move into it.
      has: async (draft, again) =>
        this.openSpool().then(
          spool => this.known.has(draft, again, spool),
          () => false,
        ),
      written: (bundle, draft) => this.written(bundle, draft),
      trouble: message => this.trouble(message),
      now: () => Date.now(),
    })
    this.positions = this.openPositions()
  }

  /** Opens the sources; throws SourceError where none of them can be opened, SpoolError where another agent runs. */
  static async start(options: WatchOptions): Promise<Watch> {
    const watch = new Watch(options)
    try {
      await watch.openChannels(watch.config.watch.source)
      if (watch.channels.length === 0) throw new SourceError(watch.troubles.map(({ message }) => message).join('; '))
    } catch (error) {
      await watch.abandon()
      throw error
    }
    watch.begin()
    return watch
  }

  /** The configuration anew: other sources and routes; targets are opened again, for whoever has rotated them. */
  async reload(config: Config): Promise<void> {
    this.notifier.tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
    this.config = config
    const former = this.router
    this.router = this.openRouter()
    await former.close(ROUTES_AT_END_MS)
    const wanted = config.watch.source
    for (const channel of this.channels.filter(each => !wanted.includes(each.name))) await channel.close()
    this.channels = this.channels.filter(each => wanted.includes(each.name))
    await this.openChannels(wanted.filter(name => !this.channels.some(each => each.name === name)))
    this.keeper.retry()
    this.save()
    this.notifier.tell('READY=1')
  }

  /** The orderly end: takes what is there, waits a moment for what is under way, keeps it, and says where to go on. */
  stop(): Promise<void> {
    this.closing ??= this.close()
    return this.closing
  }

  status(state: Status['state'] = 'running'): Status {
    return {
      schema: 'faultline.status/1',
      version: this.options.version,
      pid: process.pid,
      bootId: this.host.bootId,
      started: new Date(this.startedMs).toISOString(),
      updated: new Date().toISOString(),
      state,
      spool: this.spoolPath,
      sources: this.channels.map(channel => channel.status()),
      reports: { ...this.keeper.stats, ...this.haven.stats() },
      ...(this.lastBundle === undefined ? {} : { lastBundle: this.lastBundle }),
      kernel: this.counter.counts(),
      routes: this.router.status().map(each => ({ ...each })),
      troubles: this.troubles,
      memory: { rssBytes: process.memoryUsage.rss() },
    }
  }

  private begin(): void {
    this.notifier.tell('READY=1\nSTATUS=Watching')
    if (this.notifier.watchdogMs !== undefined)
      this.timers.push(setInterval(() => this.notifier.tell('WATCHDOG=1'), this.notifier.watchdogMs))
    this.timers.push(setInterval(() => this.keepHouse(), HOUSEKEEPING_MS))
    this.lively()
    if (this.options.spool === false) return
    this.openSpool().then(
      spool => {
        this.options.ready?.(spool)
        this.keepSymbols(spool)
        return this.haven.resume()
      },
      (error: unknown) => {
        // Another agent has the spool: two would take each other's place again and again.
        if (codeOf(error) === 'HELD') this.options.ended(messageOf(error))
        else this.trouble(messageOf(error))
      },
    )
  }

  private async openChannels(names: readonly string[]): Promise<void> {
    const { contextRecords, silence } = this.config.watch
    for (const name of names) {
      try {
        const channel = new Channel(name, { contextRecords, silenceMs: silence, time: this.time }, this.output)
        this.channels.push(channel)
        const found: Positions = { ...this.positions.other?.found, ...this.positions.own?.found }
        await channel.open(this.host, found[name])
      } catch (error) {
        this.channels = this.channels.filter(each => each.name !== name)
        this.trouble(messageOf(error))
      }
    }
  }

  private readonly output: ChannelOutput = {
    deliver: record => this.router.deliver(record),
    found: (found, channel, stream, release) => this.found(found, channel, stream, release),
    trouble: message => this.trouble(message),
    moved: () => {
      this.lively()
      if (this.saving) return
      this.saving = true
      queueMicrotask(() => this.save())
    },
    ended: () => {
      if (this.closing === undefined && this.channels.every(each => each.status().state !== 'open'))
        this.options.ended()
    },
  }

  private found(
    { report, cutting, endedBy, again }: Found,
    channel: Channel,
    stream: string,
    release: () => void,
  ): void {
    const { own, name } = channel.source
    if (own) this.counter.saw(report, (report.time?.sinceBootUs ?? Number.POSITIVE_INFINITY) < this.startedUs)
    const host = own ? hostname() : (cutting.host ?? (stream === '' ? hostname() : stream))
    report.source.host ??= host
    this.router.report(report)
    this.statusSoon()
    if (!this.isKept(report)) {
      release()
      return
    }
    const capturedAt = new Date(cutting.capturedAt ?? Date.now()).toISOString()
    this.keeper.keep(
      {
        report,
        // What came too long ago is there as it was read.
        excerpt: cutting.missing === 0 ? cutting.excerpt : Buffer.from(`${report.text}\n`),
        context: cutting.context,
        origin: {
          source: channel.road ?? name,
          host,
          ...(own && this.host.bootId !== '' ? { bootId: this.host.bootId } : {}),
          ...(cutting.sequence === undefined ? {} : { sequence: cutting.sequence }),
          lost: cutting.lost,
          capturedAt,
          endedBy,
          agent: { version: this.options.version },
        },
      },
      again,
      () => {
        release()
        if (this.closing === undefined) this.save()
      },
    )
  }

  private isKept(report: Report): boolean {
    return this.options.spool !== false && (this.config.watch.keep as readonly string[]).includes(report.severity)
  }

  private written(bundle: { name: string; path: string }, draft: Draft): void {
    this.lastBundle = bundle.name
    this.known.add(draft)
    this.options.tell(`${draft.report.title}: ${bundle.path}`)
    this.statusSoon()
    void this.spool?.then(spool => this.options.bundled?.(bundle, draft, spool))
  }

  private get spoolPath(): string {
    return join(this.config.spool.data, 'bundles')
  }

  /** Opened once, and again some seconds after it failed. */
  private openSpool(): Promise<Spool> {
    if (this.spool !== undefined) return this.spool
    const now = performance.now()
    if (now - this.spoolTriedAt < SPOOL_RETRY_MS)
      return Promise.reject(new SpoolError('ENOENT', `${this.spoolPath}: the spool could not be opened a moment ago.`))
    this.spoolTriedAt = now
    const opening = Spool.open(this.spoolPath, { limits: this.config.spool })
    this.spool = opening
    opening.catch(() => {
      this.spool = undefined
    })
    return opening
  }

  /** The symbols of this kernel, for decoding what it says when it is long gone. */
  private keepSymbols(spool: Spool): void {
    if (!this.channels.some(({ source }) => source.own)) return
    this.symbols = new SymbolKeeper({
      path: join(this.config.spool.data, 'symbols'),
      host: nodeHost,
      bootsOfBundles: async () => new Set((await spool.list()).map(({ boot }) => boot)),
      say: message => this.trouble(message),
    })
    void this.symbols.refresh()
  }

  private openRouter(): Router {
    return createRouter(
      this.config.routes.route.map(line => parseRoute(line)),
      routeHost(message => this.trouble(message)),
    )
  }

  private openPositions(): { own?: PositionFile; other?: PositionFile } {
    const files: { own?: PositionFile; other?: PositionFile } = {}
    for (const [which, folder] of [
      ['own', this.config.watch.runtime],
      ['other', this.config.spool.data],
    ] as const) {
      try {
        files[which] = new PositionFile(folder)
      } catch (error) {
        this.trouble(`${folder}: where to go on after a restart cannot be kept: ${messageOf(error)}`)
      }
    }
    return files
  }

  /** The own kernel's numbers are over with the boot; places in files and journals are not. */
  private save(): void {
    this.saving = false
    this.routesIdle = this.router.status().every(({ queued, down }) => queued === 0 || down === 1)
    if (this.routesIdle) this.saveWaitMs = SAVE_AGAIN_MS
    else this.saveTimer ??= setTimeout(() => this.saveAgain(), this.saveWaitMs)
    if (this.routesIdle) for (const channel of this.channels) channel.confirmRouted()
    for (const which of ['own', 'other'] as const) {
      const entries = this.channels
        .filter(({ source }) => source.own === (which === 'own'))
        .flatMap(channel => {
          const position = channel.position()
          return position === undefined ? [] : [[channel.name, position] as const]
        })
      if (entries.length === 0) continue
      try {
        this.positions[which]?.save(Object.fromEntries(entries))
      } catch (error) {
        this.trouble(`positions: ${messageOf(error)}`)
      }
    }
  }

  private saveAgain(): void {
    this.saveTimer = undefined
    this.saveWaitMs = Math.min(this.saveWaitMs * 2, STATUS_MS)
    if (this.closing === undefined) this.save()
  }

  private lively(): void {
    this.livelyUntil = performance.now() + LIVELY_MS
    this.tickTimer ??= setTimeout(() => this.tick(), TICK_MS)
    this.statusSoon()
  }

  private tick(): void {
    this.tickTimer = undefined
    const now = performance.now()
    const watchedMs = this.time.look(now)
    const pending = this.channels.some(channel => channel.pending)
    for (const channel of this.channels) channel.settle(now, watchedMs)
    if (pending) this.save()
    if (pending || now < this.livelyUntil) this.tickTimer = setTimeout(() => this.tick(), TICK_MS)
  }

  private keepHouse(): void {
    this.host.clock.sample()
    void this.keeper.tellRepeats(false)
    this.writeStatus('running')
  }

  private statusSoon(): void {
    this.statusTimer ??= setTimeout(() => this.writeStatus('running'), STATUS_MS)
  }

  private writeStatus(state: Status['state']): void {
    clearTimeout(this.statusTimer)
    this.statusTimer = undefined
    try {
      writeStatus(this.config.watch.runtime, this.status(state))
    } catch (error) {
      this.trouble(`${this.config.watch.runtime}: the status cannot be written: ${messageOf(error)}`)
    }
  }

  private trouble(message: string): void {
    const known = this.troubles.some(each => each.message === message)
    this.troubles = [
      ...this.troubles.filter(each => each.message !== message),
      { at: new Date().toISOString(), message },
    ].slice(-MAX_TROUBLES)
    if (!known) this.options.tell(message)
  }

  private async close(): Promise<void> {
    this.notifier.tell('STOPPING=1')
    const deadline = performance.now() + SETTLE_AT_END_MS
    while (performance.now() < deadline && this.channels.some(channel => channel.pending)) {
      await pause(TICK_MS / 2)
      const now = performance.now()
      for (const channel of this.channels) channel.settle(now, this.time.look(now))
    }
    for (const channel of this.channels) await channel.close()
    await this.keeper.close(SPOOL_AT_END_MS)
    await this.router.close(ROUTES_AT_END_MS)
    this.save()
    this.writeStatus('ended')
    await this.abandon()
  }

  private async abandon(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    clearTimeout(this.tickTimer)
    clearTimeout(this.saveTimer)
    clearTimeout(this.statusTimer)
    this.host.poller.close()
    for (const file of Object.values(this.positions)) file.close()
    await this.haven.close()
    await this.symbols?.close()
    await this.spool?.then(
      spool => spool.close(),
      () => {},
    )
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
