// Probes on functions of the kernel as trace events (Documentation/trace/kprobetrace.rst). Each is in a group of this
// process's own, so that what a killed one left is found and taken away.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { byRegisters } from './call-registers.ts'
import { control, owner, removeProbes, TracingError } from './tracefs.ts'

export interface ProbePlace {
  /** `do_exit`, `ip_rcv+0x10`, `nvme:nvme_queue_rq` */
  function: string
  /** `code=$arg1:s64`; of a return `ret=$retval:s64` */
  fetch?: string
  /** at the function's return */
  returns?: boolean
  /** calls that may be under way at once, of a return */
  maxActive?: number
}

export class Probes {
  private readonly tracefs: string
  private readonly list: string
  readonly group = `faultline_${owner()}`
  private count = 0

  /** Throws TracingError when this kernel cannot be probed. */
  constructor(tracefs: string) {
    this.tracefs = tracefs
    const list = ['kprobe_events', 'dynamic_events'].map(name => join(tracefs, name)).find(existsSync)
    if (list === undefined || !existsSync(join(tracefs, 'kprobe_events')))
      throw new TracingError('this kernel cannot probe functions (CONFIG_KPROBE_EVENTS is not set)')
    this.list = list
  }

  /** The event that tells of each call, as `group/name`. Throws TracingError with the kernel's reason. */
  add(name: string, place: ProbePlace): string {
    const event = `${this.group}/${name.replace(/\W/g, '_')}_${this.count++}`
    const kind = place.returns ? `r${place.maxActive ?? ''}` : 'p'
    const words = (fetch: string | undefined): string =>
      `${kind}:${event} ${place.function}${fetch === undefined ? '' : ` ${fetch}`}\n`
    try {
      control(this.list, words(place.fetch), this.tracefs)
    } catch (error) {
      const plain = place.fetch?.includes('$arg') ? byRegisters(place.fetch) : undefined
      if (plain === undefined) throw error
      control(this.list, words(plain), this.tracefs)
    }
    return event
  }

  /** Takes all of them away; the instance must have them switched off. */
  close(): void {
    removeProbes(this.tracefs, this.group)
  }
}
