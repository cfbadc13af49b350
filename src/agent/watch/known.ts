// Which exceptions the spool has already: an agent that was killed between a bundle and its position reads the same
// records again.

import { createHash } from 'node:crypto'
import { bundleFiles, type Draft } from '../bundles/bundle.ts'
import type { Spool } from '../bundles/spool.ts'

/** What a killed agent has written last is among the newest bundles. */
const MAX_LOOKED_AT = 256

export class KnownRecords {
  private readonly bootId: string
  private keys: Promise<Set<string>> | undefined

  constructor(bootId: string) {
    this.bootId = bootId
  }

  async has(draft: Draft, again: boolean, spool: Spool): Promise<boolean> {
    const number = numberKey(draft)
    if (number === undefined && !again) return false
    this.keys ??= this.read(spool).catch((error: unknown) => {
      this.keys = undefined
      throw error
    })
    return (await this.keys).has(number ?? textKey(draft.excerpt))
  }

  add(draft: Draft): void {
    const key = numberKey(draft)
    if (key !== undefined) void this.keys?.then(keys => keys.add(key))
  }

  private async read(spool: Spool): Promise<Set<string>> {
    const keys = new Set<string>()
    for (const { name, boot } of (await spool.list()).slice(-MAX_LOOKED_AT)) {
      if (boot !== this.bootId.slice(0, 8) && boot !== 'unknown') continue
      // One that was removed since it was listed is known no more.
      const bundle = await spool.read(name).catch(() => undefined)
      const key = bundle?.origin && numberKey({ origin: bundle.origin, report: { kind: bundle.kind } })
      if (key !== undefined) keys.add(key)
      else keys.add(textKey(await spool.bytes(name, bundleFiles.excerpt).catch(() => new Uint8Array())))
    }
    return keys
  }
}

/** The first record of a report is of no other report of the same kind in this boot. */
function numberKey({ origin, report }: { origin: Draft['origin']; report: { kind: string } }): string | undefined {
  const { bootId, sequence } = origin
  return bootId === undefined || sequence === undefined ? undefined : `${bootId} ${sequence.first} ${report.kind}`
}

/** Without numbers: the same bytes. The same exception may come twice, but not out of records that were read before. */
const textKey = (excerpt: Uint8Array): string => createHash('sha256').update(excerpt).digest('hex')
