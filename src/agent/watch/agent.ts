// The agent as a service: the watch, and what goes with it: the boot's record, the harvest, sending to a server.

import { recordBoot, recordEnd } from '../boot-record.ts'
import type { Spool } from '../bundles/spool.ts'
import type { Config } from '../config/keys.ts'
import type { Pusher } from '../push/pusher.ts'
import { systemAt } from '../system.ts'
import type { WatchOptions } from './options.ts'
import { Watch } from './watch.ts'

export interface AgentOptions extends Pick<WatchOptions, 'config' | 'version' | 'tell' | 'ended'> {
  /** false: no bundles are kept */
  spool: boolean
  /** false: what earlier boots left stays where it is */
  harvest: boolean
}

export class Agent {
  readonly #options: AgentOptions
  readonly #system = systemAt()
  #config: Config
  #watch!: Watch
  #spool: Spool | undefined
  #pusher: Pusher | undefined
  #ended = false

  private constructor(options: AgentOptions) {
    this.#options = options
    this.#config = options.config
  }

  /** Throws SourceError and SpoolError as Watch.start() does. */
  static async start(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options)
    const { config, version, tell, ended, spool } = options
    agent.#watch = await Watch.start({
      config,
      version,
      spool,
      tell,
      ended,
      ready: opened => agent.#ready(opened),
      spoolChanged: () => agent.#pusher?.soon(),
      more: () => (agent.#pusher === undefined ? {} : { server: agent.#pusher.status() }),
    })
    return agent
  }

  status(): ReturnType<Watch['status']> {
    return this.#watch.status()
  }

  async reload(config: Config): Promise<void> {
    this.#config = config
    await this.#watch.reload(config)
    await this.#push()
  }

  /** `down`: it was told to end, so that the boot's record says that the machine, or the agent, ended in order. */
  async stop(down: boolean): Promise<void> {
    this.#ended = true
    if (down && this.#options.spool) this.#quietly(() => recordEnd(this.#system, this.#config.spool.data))
    await this.#pusher?.close()
    await this.#watch.stop()
  }

  #ready(spool: Spool): void {
    const { harvest, tell } = this.#options
    const { data } = this.#config.spool
    this.#spool = spool
    this.#quietly(() => recordBoot(this.#system, data))
    this.#push().catch((error: unknown) => tell(`server: ${messageOf(error)}`))
    if (!harvest) return
    this.#harvest(spool, data).catch((error: unknown) => tell(`harvest: ${messageOf(error)}`))
  }

  async #harvest(spool: Spool, data: string): Promise<void> {
    const { tell, version } = this.#options
    const { harvestInto } = await import('../harvest/into-spool.ts')
    const { troubles } = await harvestInto(spool, { data, settings: this.#config.harvest, version })
    for (const trouble of troubles) tell(trouble)
  }

  /** Begins to send where a server is configured, and anew where that is read again. */
  async #push(): Promise<void> {
    await this.#pusher?.close()
    this.#pusher = undefined
    const { url } = this.#config.server
    if (url === undefined || this.#spool === undefined) return
    const { Pusher } = await import('../push/pusher.ts')
    if (this.#ended) return
    this.#pusher = new Pusher({
      spool: this.#spool,
      data: this.#config.spool.data,
      server: { ...this.#config.server, url },
      tell: this.#options.tell,
    })
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
