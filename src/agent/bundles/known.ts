// One exception, one bundle, also when the agent was killed after it wrote the bundle and before the source heard of it:
// then the source brings the same records again. Boot and sequence numbers tell; without them nothing does.

import type { BundleName } from '../../node/bundles/names.ts'
import { parseSums, sha256 } from '../../node/bundles/sums.ts'
import { bundleFiles, type Draft, type Origin } from './bundle.ts'
import type { Folder } from './folder.ts'
import { codeOf } from './problem.ts'

/** The newest ones of its boot that are looked at: a source brings again what was last, not what was long ago. */
const LOOK_BACK = 200

/** Bundles of this agent's life that are remembered. */
const MAX_ADDED = 1000

export interface KnownBundle {
  name: string
  /** of excerpt.log; undefined where the sums cannot be read */
  excerpt: string | undefined
  salvaged: boolean
}

/** Undefined where two captures of the same records cannot be told from two exceptions. */
export function identityOf(origin: Draft['origin'] | Origin, kind: string): string | undefined {
  const { source, host, bootId, sequence } = origin
  if (bootId === undefined || sequence === undefined) return undefined
  return JSON.stringify([source, host, bootId, sequence.first, kind])
}

/** What the spool is known to have, read from it when first asked for. */
export class Known {
  #bundles: Promise<Map<string, KnownBundle>> | undefined
  /** written since, perhaps before the spool was read */
  readonly #added = new Map<string, KnownBundle>()

  /** Begins to read the spool, so that the first exception does not wait for it. */
  load(spool: Folder, list: () => Promise<BundleName[]>): void {
    const bundles = list().then(names => look(spool, names))
    bundles.catch(() => {
      this.#bundles = undefined
    })
    this.#bundles = bundles
  }

  /** Nothing of the spool is read any more. */
  async settled(): Promise<void> {
    await this.#bundles?.catch(() => {})
  }

  add({ origin, report, excerpt }: Pick<Draft, 'origin' | 'report' | 'excerpt'>, name: string): void {
    const identity = identityOf(origin, report.kind)
    if (identity === undefined) return
    this.#added.set(identity, { name, excerpt: sha256(excerpt), salvaged: false })
    const [oldest] = this.#added.keys()
    if (this.#added.size > MAX_ADDED) this.#added.delete(oldest!)
  }

  /** The bundle that has these records already. */
  async find(
    spool: Folder,
    list: () => Promise<BundleName[]>,
    { origin, report, excerpt }: Pick<Draft, 'origin' | 'report' | 'excerpt'>,
  ): Promise<KnownBundle | undefined> {
    const identity = identityOf(origin, report.kind)
    if (identity === undefined) return undefined
    if (this.#bundles === undefined) this.load(spool, list)
    const known = this.#added.get(identity) ?? (await this.#bundles!).get(identity)
    if (known === undefined || (!known.salvaged && known.excerpt !== sha256(excerpt))) return undefined
    // It may have been removed since.
    const there = await spool.entry(known.name).catch(() => undefined)
    return there?.kind === 'folder' ? known : undefined
  }
}

async function look(spool: Folder, list: readonly BundleName[]): Promise<Map<string, KnownBundle>> {
  const bundles = new Map<string, KnownBundle>()
  for (const { name, kind } of list.slice(-LOOK_BACK)) {
    try {
      const folder = await spool.folder(name)
      try {
        const origin = JSON.parse(new TextDecoder().decode(await folder.read(bundleFiles.origin))) as Origin
        const sums = parseSums(new TextDecoder().decode(await folder.read(bundleFiles.sums)))
        const identity = identityOf(origin, kind)
        const salvaged = origin.salvaged !== undefined
        if (identity !== undefined) bundles.set(identity, { name, excerpt: sums?.get(bundleFiles.excerpt), salvaged })
      } finally {
        await folder.close()
      }
    } catch (error) {
      // Removed or damaged: not one to take for a whole. Anything else is a fault of ours.
      if (codeOf(error) === '' && !(error instanceof SyntaxError)) throw error
    }
  }
  return bundles
}
