// Takes a snapshot of the running kernel's symbols. /proc/modules waits for a lock that a dying insmod may have kept, so it
// is read by another process, which may hang without the agent.

import { createHash } from 'node:crypto'
import { createZstdCompress } from 'node:zlib'
import type { NamedBytes } from '../bundles/bundle.ts'
import { isoTime } from '../bundles/files-of.ts'
import type { Folder } from '../bundles/folder.ts'
import { writeFolder } from '../bundles/write.ts'
import { modules } from '../collectors/builtin/kernel.ts'
import { commandOf } from '../collectors/collector.ts'
import { runCollector } from '../collectors/run.ts'
import type { Host } from '../host.ts'
import { buildIdOfNotes } from './read.ts'
import { listSnapshots, type SnapshotBoot, snapshotFiles } from './store.ts'

/** A kernel with all modules of a distribution loaded has some 30 MB of them. */
const MAX_KALLSYMS_BYTES = 128 * 1024 * 1024
const MAX_TEXT_BYTES = 8 * 1024 * 1024
const TIMEOUT_MS = 30_000

/** What is asked of the machine; tests answer for it. */
export interface KernelView {
  bootId: string
  release: string
  version: string
  machine: string
  /** what was asked last may have been cut short by it */
  signal: AbortSignal
  /** output of a program of ours; undefined where it failed */
  output(command: readonly string[], keep: (bytes: Uint8Array) => Promise<number>, maxBytes: number): Promise<boolean>
}

export const runningKernel = (facts: Omit<KernelView, 'output' | 'signal'>, signal: AbortSignal): KernelView => ({
  ...facts,
  signal,
  async output(command, keep, maxBytes) {
    const job = { command, folder: '/', environment: {} }
    const { exit, truncated } = await runCollector(job, { timeoutMs: TIMEOUT_MS, maxBytes }, keep, signal)
    return exit === 0 && truncated !== true
  },
})

/**
 * Adds a snapshot to the store, unless the newest of this boot says the same, or the agent ends before all was read. Gives
 * its name where one was added.
 */
export async function takeSnapshot(store: Folder, kernel: KernelView, host: Host): Promise<string | undefined> {
  const modulesText = await textOf(kernel, commandOf(modules.run))
  const notes = await textOf(kernel, ['od', '-An', '-v', '-tx1', '/sys/kernel/notes'])
  const content = contentHash(kernel, modulesText, notes)
  const boot8 = kernel.bootId.slice(0, 8)
  const known = (await listSnapshots(store)).filter(({ boot }) => boot === boot8)
  if (known.at(-1)?.name.endsWith(`-${content}`)) return undefined
  const kallsyms = await compressed(kernel, ['cat', '/proc/kallsyms'])
  if (kernel.signal.aborted) return undefined
  const buildId = buildIdOfNotes(notes)
  const boot: SnapshotBoot = {
    schema: 'faultline.symbols/1',
    bootId: kernel.bootId,
    release: kernel.release,
    version: kernel.version,
    machine: kernel.machine,
    ...(buildId === undefined ? {} : { buildId }),
    savedAt: isoTime(host.now()),
  }
  const files: NamedBytes[] = [
    { name: snapshotFiles.boot, bytes: Buffer.from(`${JSON.stringify(boot, undefined, 2)}\n`) },
    { name: snapshotFiles.modules, bytes: Buffer.from(modulesText) },
    { name: snapshotFiles.notes, bytes: Buffer.from(notes) },
    ...(kallsyms === undefined ? [] : [{ name: snapshotFiles.kallsyms, bytes: kallsyms }]),
  ]
  const name = `${boot.savedAt.slice(0, 19).replace(/[-:]/g, '')}Z-${boot8}-${content}`
  // Modules that came, went and came again within a second: what is there says this.
  if (known.some(each => each.name === name)) return undefined
  await writeFolder(store, name, files)
  return name
}

/** Which modules are where; counts of users and parameters change without anything moving. */
function contentHash({ bootId }: KernelView, modulesText: string, notes: string): string {
  const places = modulesText
    .split('\n')
    .map(line => /^(?<name>[\w-]+) (?<size>\d+) .* (?<address>0x[0-9a-f]+)/.exec(line)?.groups)
    .flatMap(found => (found === undefined ? [] : [`${found['name']} ${found['size']} ${found['address']}`]))
  return createHash('sha256')
    .update([bootId, ...places.sort(), notes].join('\n'))
    .digest('hex')
    .slice(0, 8)
}

async function textOf(kernel: KernelView, command: readonly string[]): Promise<string> {
  const pieces: Uint8Array[] = []
  const keep = async (bytes: Uint8Array): Promise<number> => {
    pieces.push(bytes.slice())
    return bytes.length
  }
  const whole = await kernel.output(command, keep, MAX_TEXT_BYTES)
  return whole ? new TextDecoder('latin1').decode(Buffer.concat(pieces)) : ''
}

/** As it comes, so that the text as a whole is never in memory. Undefined where it is hidden or cannot be read. */
async function compressed(kernel: KernelView, command: readonly string[]): Promise<Uint8Array | undefined> {
  const stream = createZstdCompress()
  const pieces: Buffer[] = []
  stream.on('data', (piece: Buffer) => pieces.push(piece))
  const ended = new Promise<void>((resolve, reject) => stream.on('end', resolve).on('error', reject))
  const shown = new AddressesShown()
  const keep = (bytes: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) => {
      shown.push(bytes)
      stream.write(bytes, error => (error == null ? resolve(bytes.length) : reject(error)))
    })
  const whole = await kernel.output(command, keep, MAX_KALLSYMS_BYTES)
  stream.end()
  await ended
  return whole && shown.any ? Buffer.concat(pieces) : undefined
}

/** kernel.kptr_restrict makes all addresses zero; those of per-CPU variables are so anyway, and stand first on x86. */
class AddressesShown {
  any = false
  #rest = ''
  push(bytes: Uint8Array): void {
    if (this.any) return
    const lines = (this.#rest + new TextDecoder('latin1').decode(bytes)).split('\n')
    this.#rest = lines.pop()!
    this.any = lines.some(line => /^0*[1-9a-f]/.test(line))
  }
}
