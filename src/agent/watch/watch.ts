// The agent: what the sources bring goes to the routes and through decoders into the spool, and nothing of it waits for
// another part.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../core/model.ts'
import { createPoller } from '../../node/poller.ts'
import { type ServiceNotifier, serviceNotifier } from '../../node/service-notify.ts'
import type { Draft } from '../bundles/bundle.ts'
import { Haven } from '../bundles/haven.ts'
import type { Spool } from '../bundles/spool.ts'
import { WallClock } from '../clock.ts'
import type { Config } from '../config/keys.ts'
import { nodeHost } from '../host.ts'
import { createRouter, parseRoute, type Router, routeHost } from '../routes/index.ts'
import { SourceError, type SourceHost } from '../sources/index.ts'
import { codeOf, messageOf } from '../sources/source.ts'
import { SymbolKeeper } from '../symbols/keeper.ts'
import { Channel, type ChannelOutput } from './channel.ts'
import { draftOf, hostOf } from './draft.ts'
import { Flight } from './flight.ts'
import { Keeper } from './keeper.ts'
import { KernelCounter } from './kernel-counts.ts'
import { KnownRecords } from './known.ts'
import type { Found } from './lane.ts'
import type { WatchOptions } from './options.ts'
import { Resume } from './resume.ts'
import { SpareMemory } from './spare-memory.ts'
import { SpoolDoor } from './spool-door.ts'
import { type Status, writeStatus } from './status.ts'
import { Troubles } from './troubles.ts'
import { WatchedTime } from './watched-time.ts'

/** Silences are looked for this often while something is under way, and so long after the last record. */
const TICK_MS = 100
const LIVELY_MS = 3000
const HOUSEKEEPING_MS = 10_000
const STATUS_MS = 1000
/** An orderly end waits so long for reports under way, for the spool and for the routes. */
const SETTLE_AT_END_MS = 2000
const SPOOL_AT_END_MS = 8000
/** … and no longer for all that wait: a service manager's patience is 90 s. systemd.service(5), TimeoutStopSec= */
const ALL_AT_END_MS = 60_000
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
  private readonly flight = new Flight()
  private readonly counter = new KernelCounter()
  private readonly known: KnownRecords
  private readonly resume: Resume
  private readonly door: SpoolDoor
  private readonly troubles: Troubles
  private readonly startedMs = Date.now()
  private readonly startedUs = Number(process.hrtime.bigint() / 1000n)
  private lastBundle: string | undefined
  private tickTimer: NodeJS.Timeout | undefined
  private statusTimer: NodeJS.Timeout | undefined
  private readonly timers: NodeJS.Timeout[] = []
  private readonly time = new WatchedTime(performance.now())
  private readonly spare = new SpareMemory()
  private livelyUntil = 0
  private closing: Promise<void> | undefined
  private ended = false

  private constructor(options: WatchOptions) {
    this.options = options
    this.config = options.config
    this.troubles = new Troubles(options.tell)
    this.door = new SpoolDoor(join(options.config.spool.data, 'bundles'), options.config.spool, () =>
      this.options.spoolChanged?.(),
    )
    this.notifier = options.notifier ?? serviceNotifier()
    const bootId = options.bootId ?? readBootId()
    this.host = {
      poller: createPoller(),
      clock: new WallClock(),
      bootId,
      maxSenders: options.config.watch.maxSenders,
    }
    this.router = this.openRouter()
    this.known = new KnownRecords(bootId)
    const { sameLimit, sameInterval } = this.config.watch
    this.haven = new Haven({
      main: () => this.door.open(),
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
        this.door.open().then(
          spool => this.known.has(draft, again, spool),
          () => false,
        ),
      written: (bundle, draft) => this.written(bundle, draft),
      trouble: message => this.trouble(message),
      now: () => Date.now(),
    })
    this.resume = new Resume({
      runtime: this.config.watch.runtime,
      data: this.config.spool.data,
      channels: () => this.channels,
      router: () => this.router,
      trouble: message => this.trouble(message),
    })
  }

  /** Opens the sources; throws SourceError where none of them can be opened, SpoolError where another agent runs. */
  static async start(options: WatchOptions): Promise<Watch> {
    const watch = new Watch(options)
    try {
      const problems = await watch.openChannels(watch.config.watch.source)
      if (watch.channels.length === 0) throw new SourceError(problems.join('; '))
      for (const problem of problems) watch.trouble(problem)
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
    const added = wanted.filter(name => !this.channels.some(each => each.name === name))
    for (const problem of await this.openChannels(added)) this.trouble(problem)
    this.keeper.retry()
    this.resume.save()
    this.notifier.tell('READY=1')
  }

  /** The orderly end: takes what is there, waits a moment for what is under way, keeps it, and says where to go on. */
  stop(): Promise<void> {
    this.closing ??= this.close()
    return this.closing
  }

  /** A source of this machine's own kernel is open. */
  get hearsThisKernel(): boolean {
    return this.channels.some(({ source }) => source.own)
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
      spool: this.door.path,
      sources: this.channels.map(channel => channel.status()),
      reports: { ...this.keeper.stats, ...this.haven.stats() },
      ...(this.lastBundle === undefined ? {} : { lastBundle: this.lastBundle }),
      kernel: this.counter.counts(),
      ...eventCounts(this.flight.stats()),
      routes: this.router.status().map(each => ({ ...each })),
      ...this.options.more?.(),
      troubles: this.troubles.list,
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
    if (this.channels.some(({ source }) => source.own)) this.flight.begin(this.config, this.options.tell)
    this.door.open().then(
      spool => {
        if (this.closing !== undefined) return undefined
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

  /** What was wrong with those that could not be opened. */
  private async openChannels(names: readonly string[]): Promise<string[]> {
    const { contextRecords, silence, maxSenders } = this.config.watch
    const options = { contextRecords, silenceMs: silence, time: this.time, maxLanes: maxSenders }
    const problems: string[] = []
    for (const name of names) {
      try {
        const channel = new Channel(name, options, this.output)
        this.channels.push(channel)
        await channel.open(this.host, this.resume.positionOf(channel))
      } catch (error) {
        this.channels = this.channels.filter(each => each.name !== name)
        problems.push(messageOf(error))
      }
    }
    return problems
  }

  private readonly output: ChannelOutput = {
    deliver: (record, { own }) => {
      this.router.deliver(record)
      if (!own && record.host !== undefined) this.options.heard?.(record)
    },
    found: (found, channel, stream, release) => this.found(found, channel, stream, release),
    trouble: message => this.trouble(message),
    moved: resumable => {
      this.lively()
      if (resumable) this.resume.soon()
    },
    ended: () => {
      if (this.closing === undefined && this.channels.every(each => each.status().state !== 'open'))
        this.options.ended()
    },
  }

  private found(found: Found, channel: Channel, stream: string, release: () => void): void {
    const { report, again } = found
    const earlier = (report.time?.sinceBootUs ?? Number.POSITIVE_INFINITY) < this.startedUs
    if (channel.source.own) this.counter.saw(report, earlier)
    const host = hostOf(found, channel, stream)
    report.source.host ??= host
    this.router.report(report)
    this.statusSoon()
    if (!this.isKept(report)) {
      release()
      return
    }
    const draft = draftOf(found, channel, { host, bootId: this.host.bootId, version: this.options.version })
    if (channel.source.own && !again) draft.files = [...(draft.files ?? []), ...this.flight.before(report)]
    this.keeper.keep(draft, again, () => {
      release()
      this.resume.soon()
    })
  }

  private isKept(report: Report): boolean {
    return this.options.spool !== false && (this.config.watch.keep as readonly string[]).includes(report.severity)
  }

  private written(bundle: { name: string; path: string }, draft: Draft): void {
    this.lastBundle = bundle.name
    this.known.add(draft)
    this.options.tell(`${draft.report.title}: ${bundle.path}`)
    this.statusSoon()
    void this.door.open().then(
      spool => this.options.bundled?.(bundle, draft, spool),
      () => {},
    )
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

  private lively(): void {
    this.spare.taken()
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
    if (pending) this.resume.save()
    if (pending || now < this.livelyUntil) this.tickTimer = setTimeout(() => this.tick(), TICK_MS)
  }

  private keepHouse(): void {
    this.host.clock.sample()
    void this.keeper.tellRepeats(false)
    if (performance.now() >= this.livelyUntil) this.spare.giveBack()
    this.writeStatus('running')
  }

  private statusSoon(): void {
    if (!this.ended) this.statusTimer ??= setTimeout(() => this.writeStatus('running'), STATUS_MS)
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
    this.troubles.say(message)
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
    await this.keeper.close(SPOOL_AT_END_MS, ALL_AT_END_MS)
    await this.router.close(ROUTES_AT_END_MS)
    this.resume.save()
    this.ended = true
    this.writeStatus('ended')
    await this.abandon()
  }

  private async abandon(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    clearTimeout(this.tickTimer)
    clearTimeout(this.statusTimer)
    this.host.poller.close()
    this.flight.close()
    this.resume.close()
    await this.haven.close()
    await this.symbols?.close()
    await this.door.close()
  }
}

const eventCounts = (events: Record<string, number> | undefined) => (events === undefined ? {} : { events })

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
