// The agent as a service: the watch, and what goes with it: the boot's record, the harvest, sending to a server.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { recordBoot, recordEnd } from '../boot-record.ts'
import { Spool } from '../bundles/spool.ts'
import type { Config } from '../config/keys.ts'
import { keepLastBoot } from '../events/last-boot-file.ts'
import type { Via } from '../push/server.ts'
import type { Uplink } from '../push/uplink.ts'
import { SourceError } from '../sources/index.ts'
import { systemAt } from '../system.ts'
import type { WatchOptions } from './options.ts'
import type { Status } from './status.ts'
import { Watch } from './watch.ts'

export interface AgentOptions extends Pick<WatchOptions, 'config' | 'version' | 'tell' | 'ended'> {
  /** false: no bundles are kept */
  spool: boolean
  /** false: what earlier boots left stays where it is */
  harvest: boolean
  /** how this command is run, for what it asks of itself: push/facts.ts */
  self?: readonly string[] | undefined
  /** a server in this process, besides the one of the configuration */
  local?: LocalServer
}

export interface LocalServer {
  url: string
  via: Via
  /** for its token, and what of the log waits */
  data: string
  /** a one-time code for this host, where it needs one */
  code: string | undefined
  /** of this host */
  name: string
}

/** An end waits so long for a harvest; the next agent goes on with it. */
const HARVEST_AT_END_MS = 3000

export class Agent {
  readonly #options: AgentOptions
  readonly #system = systemAt()
  #config: Config
  #watch: Watch | undefined
  #spool: Spool | undefined
  readonly #uplinks: Uplink[] = []
  #harvesting: Promise<void> | undefined
  #ended = false

  private constructor(options: AgentOptions) {
    this.#options = options
    this.#config = options.config
  }

  /** Throws SourceError and SpoolError as Watch.start() does. */
  static async start(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options)
    const { config, version, tell, ended, spool } = options
    try {
      agent.#watch = await Watch.start({
        config,
        version,
        spool,
        tell,
        ended,
        ready: opened => agent.#ready(opened),
        spoolChanged: () => agent.#changed(),
        more: () => agent.#sending(),
      })
    } catch (error) {
      if (!(error instanceof SourceError) || options.local === undefined) throw error
      await agent.#startDeaf(error)
    }
    return agent
  }

  /** undefined: it hears nothing (without the rights to), and serves what is there */
  status(): Status | undefined {
    return this.#watch?.status()
  }

  async reload(config: Config): Promise<void> {
    this.#config = config
    await this.#watch?.reload(config)
    await this.#push()
  }

  /** `down`: it was told to end, so that the boot's record says that the machine, or the agent, ended in order. */
  async stop(down: boolean): Promise<void> {
    this.#ended = true
    if (down && this.#options.spool) this.#quietly(() => recordEnd(this.#system, this.#config.spool.data))
    await this.#disconnect()
    await Promise.race([this.#harvesting, sleep(HARVEST_AT_END_MS, undefined, { ref: false })])
    if (this.#watch === undefined) await this.#spool?.close()
    else await this.#watch.stop()
  }

  /** No kernel can be heard here; what is in the spool, what earlier boots left and what the machine is goes to the server. */
  async #startDeaf(why: SourceError): Promise<void> {
    const { config, tell } = this.#options
    tell(`exceptions of this machine are not seen as they happen: ${why.message}`)
    const { data, ...limits } = config.spool
    const spool = await Spool.open(join(data, 'bundles'), { limits, changed: () => this.#changed() })
    this.#ready(spool)
  }

  #changed(): void {
    for (const uplink of this.#uplinks) uplink.soon()
  }

  #ready(spool: Spool): void {
    const { harvest, tell } = this.#options
    const { data } = this.#config.spool
    this.#spool = spool
    this.#quietly(() => recordBoot(this.#system, data))
    this.#push().catch((error: unknown) => tell(`server: ${messageOf(error)}`))
    if (!harvest) return
    this.#harvesting = this.#harvest(spool, data).catch((error: unknown) => {
      // What it did not come to is there for the next one.
      if (!this.#ended) tell(`harvest: ${messageOf(error)}`)
    })
  }

  async #harvest(spool: Spool, data: string): Promise<void> {
    const { tell, version } = this.#options
    const { events, harvest: settings } = this.#config
    try {
      await keepLastBoot(data)
    } catch (error) {
      tell(`events of the last boot are not kept: ${messageOf(error)}`)
    }
    const { harvestInto } = await import('../harvest/into-spool.ts')
    const { troubles } = await harvestInto(spool, { data, settings, version, beforeMs: events.before })
    for (const trouble of troubles) tell(trouble)
  }

  /** Begins to send where a server is configured, and anew where that is read again. */
  async #push(): Promise<void> {
    await this.#disconnect()
    const spool = this.#spool
    const { url } = this.#config.server
    const { local, self, tell, version } = this.#options
    if (spool === undefined || (url === undefined && local === undefined)) return
    const [{ Uplink }, { factsOf }] = await Promise.all([import('../push/uplink.ts'), import('../push/facts.ts')])
    if (this.#ended) return
    const { data } = this.#config.spool
    const bootId = this.#system.text('/proc/sys/kernel/random/boot_id') ?? ''
    const common = {
      spool,
      tell,
      bootId,
      log: bootId !== '' && (this.#watch?.hearsThisKernel ?? false),
      facts: (signal: AbortSignal) => factsOf({ system: this.#system, data, version, self, signal }),
    }
    if (url !== undefined) this.#uplinks.push(new Uplink({ ...common, data, server: { ...this.#config.server, url } }))
    if (local !== undefined) {
      const { code, name, via } = local
      this.#uplinks.push(new Uplink({ ...common, data: local.data, server: { url: local.url, code, name }, via }))
    }
  }

  #sending(): Partial<Status> {
    const [first] = this.#uplinks
    return first === undefined ? {} : { server: first.status() }
  }

  async #disconnect(): Promise<void> {
    await Promise.all(this.#uplinks.splice(0).map(uplink => uplink.close()))
  }

  #quietly(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#options.tell(`${this.#config.spool.data}: ${messageOf(error)}`)
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
