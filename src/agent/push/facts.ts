// What a machine says of itself to its server: its boots and how they ended, what it could not capture, what it is. The
// questions that take long are asked of this command in processes of their own, so that the agent goes on reading.

import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { machine as machineArch, release } from 'node:os'
import { promisify } from 'node:util'
import { say } from '../../core/say.ts'
import { bootedAt, readBootRecords } from '../boot-record.ts'
import type { Checked } from '../doctor/doctor.ts'
import type { System } from '../system.ts'
import type { Verdict } from '../why/verdict.ts'

export interface Facts {
  boots: BootFact[]
  doctor?: Checked[]
  machine: {
    hardware?: string
    firmware?: string
    arch: string
    release: string
    agent: string
    blind: string[]
    modules?: { name: string; version?: string }[]
  }
}

export interface BootFact {
  bootId: string
  /** ms since 1970 */
  began: number
  ended?: number
  release?: string
  /** it is the boot that runs */
  running?: true
  ending?: {
    how: string
    confidence: string
    title?: string
    because: { what: string; from: string; strength: string }[]
  }
}

export interface FactsOptions {
  system: System
  data: string
  version: string
  /** how this command is run, without its arguments; none: what it would tell is left out */
  self?: readonly string[] | undefined
  signal?: AbortSignal
}

/** The latest. */
const MAX_BOOTS = 100
const MAX_WORDS = 1500
const MAX_MODULES = 2000
/** A journal of years takes its time. */
const ANSWER_MS = 120_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

const run = promisify(execFile)

export async function factsOf(options: FactsOptions): Promise<Facts> {
  const { system, version } = options
  const [verdict, doctor, journal] = await Promise.all([verdictOf(options), doctorOf(options), journalBoots(options)])
  return {
    boots: bootsOf(options, verdict, journal),
    ...(doctor === undefined ? {} : { doctor }),
    machine: {
      ...hardwareOf(system),
      arch: machineArch(),
      release: release(),
      agent: version,
      blind: blindSpots(),
      ...modulesOf(system),
    },
  }
}

async function output(program: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const options = { timeout: ANSWER_MS, maxBuffer: MAX_ANSWER_BYTES, encoding: 'utf8' as const }
  try {
    return (await run(program, args, { ...options, ...(signal === undefined ? {} : { signal }) })).stdout
  } catch (error) {
    // Exit code 1 is an answer: nothing found.
    return String((error as { stdout?: unknown }).stdout ?? '')
  }
}

async function self({ self, data, signal }: FactsOptions, command: string): Promise<string> {
  const [program, ...args] = self ?? []
  return program === undefined ? '' : output(program, [...args, command, '--json', '--data', data], signal)
}

async function verdictOf(options: FactsOptions): Promise<Verdict | undefined> {
  try {
    return JSON.parse(await self(options, 'why-reboot')) as Verdict
  } catch {
    return undefined
  }
}

async function doctorOf(options: FactsOptions): Promise<Checked[] | undefined> {
  const checks = (await self(options, 'doctor')).split('\n').flatMap(line => {
    try {
      const { found, means, ...rest } = JSON.parse(line) as Checked
      return [{ ...rest, found: cut(found), ...(means === undefined ? {} : { means: cut(means) }) }]
    } catch {
      return []
    }
  })
  return checks.length === 0 ? undefined : checks
}

const cut = (text: string): string => text.slice(0, MAX_WORDS)

interface JournalBoot {
  bootId: string
  began: number
  ended: number
}

/** systemd's journalctl(1), "--list-boots", as JSON from version 252 on. */
async function journalBoots({ signal }: FactsOptions): Promise<JournalBoot[]> {
  try {
    const boots = JSON.parse(await output('journalctl', ['--list-boots', '-o', 'json'], signal)) as Record<
      string,
      unknown
    >[]
    return boots.flatMap(({ boot_id, first_entry, last_entry }) => {
      const bootId = String(boot_id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      const [began, ended] = [Math.floor(Number(first_entry) / 1000), Math.floor(Number(last_entry) / 1000)]
      return bootId.length === 36 && began > 0 && ended >= began ? [{ bootId, began, ended }] : []
    })
  } catch {
    return []
  }
}

function bootsOf({ system, data }: FactsOptions, verdict: Verdict | undefined, journal: JournalBoot[]): BootFact[] {
  const current = system.text('/proc/sys/kernel/random/boot_id')
  const began = bootedAt(system)
  const boots = new Map<string, BootFact>()
  for (const { bootId, began, ended } of journal) {
    boots.set(bootId, { bootId, began, ...(bootId === current ? {} : { ended }) })
  }
  for (const record of readBootRecords(system, data)) {
    const started = Date.parse(record.began)
    if (Number.isNaN(started)) continue
    const ended = record.ended === undefined ? Number.NaN : Date.parse(record.ended)
    boots.set(record.bootId, {
      ...boots.get(record.bootId),
      bootId: record.bootId,
      began: started,
      ...(record.release === '' ? {} : { release: record.release }),
      ...(Number.isNaN(ended) ? {} : { ended }),
      ...(record.ending === undefined ? {} : { ending: toldEnding(record.ending) }),
    })
  }
  if (current !== undefined && began !== undefined) {
    boots.set(current, { ...boots.get(current), bootId: current, began, release: release(), running: true })
  }
  judge(boots, current, verdict)
  return [...boots.values()].sort((a, b) => a.began - b.began).slice(-MAX_BOOTS)
}

const toldEnding = (how: string): NonNullable<BootFact['ending']> => ({
  how,
  confidence: 'likely',
  because: [{ what: 'the agent was told that the machine goes down', from: 'boots', strength: 'strong' }],
})

/** The verdict is of the boot before this one; where that has no record, it is known by when it began. */
function judge(boots: Map<string, BootFact>, current: string | undefined, verdict: Verdict | undefined): void {
  if (verdict === undefined) return
  const began = Date.parse(verdict.began ?? '')
  const before = [...boots.values()].filter(({ bootId }) => bootId !== current).sort((a, b) => a.began - b.began)
  const bootId = verdict.bootId ?? before.at(-1)?.bootId ?? (Number.isNaN(began) ? undefined : `began-${began}`)
  if (bootId === undefined || (verdict.ending === 'unknown' && !boots.has(bootId))) return
  const known = boots.get(bootId) ?? { bootId, began }
  if (Number.isNaN(known.began)) return
  const [first] = verdict.ranked
  boots.set(bootId, {
    ...known,
    ending: {
      how: verdict.ending,
      confidence: verdict.confidence,
      ...(verdict.title === undefined ? {} : { title: cut(verdict.title) }),
      because: (first?.clues ?? []).slice(0, 50).map(({ what, from, strength }) => ({
        what: cut(what),
        from: cut(from),
        strength,
      })),
    },
  })
}

/** Longer names are not kept. */
const MAX_NAME = 200

/**
 * As the kernel's logs have it in "Hardware name" (drivers/firmware/dmi_scan.c, dmi_format_ids()), so that a machine is of one
 * model whoever tells of it; of a board, its device tree's model.
 */
function hardwareOf(system: System): { hardware?: string; firmware?: string } {
  const dmi = (name: string): string => system.text(`/sys/class/dmi/id/${name}`)?.slice(0, MAX_NAME) ?? ''
  const [board, version, date] = [dmi('board_name'), dmi('bios_version'), dmi('bios_date')]
  const named = `${dmi('sys_vendor')} ${dmi('product_name')}${board === '' ? '' : `/${board}`}`.trim()
  const text = named !== '' ? named : system.text('/proc/device-tree/model')?.replaceAll('\0', '')
  const firmware = `${version} ${date}`.trim()
  return {
    ...(text === undefined || text === '' ? {} : { hardware: text.slice(0, MAX_NAME) }),
    ...(firmware === '' ? {} : { firmware: firmware.slice(0, MAX_NAME) }),
  }
}

/** Those in use in the kernel: proc_modules(5), sysfs's ABI/stable/sysfs-module. Most have no version. */
function modulesOf(system: System): { modules?: { name: string; version?: string }[] } {
  const lines = system.text('/proc/modules')?.split('\n')
  if (lines === undefined) return {}
  const names = lines.flatMap(line => /^\S+/.exec(line)?.[0] ?? [])
  return {
    modules: names.slice(0, MAX_MODULES).map(name => {
      const version = system.text(`/sys/module/${name}/version`)?.slice(0, MAX_NAME)
      return { name, ...(version === undefined || version === '' ? {} : { version }) }
    }),
  }
}

/** What an agent of these rights cannot read, and what it misses by it. */
const wanted: readonly { path: string; what: string }[] = [
  { path: '/dev/kmsg', what: say`the kernel’s log: exceptions are not seen as they happen` },
  { path: '/sys/fs/pstore', what: say`what a dying kernel left in pstore` },
  { path: '/sys/kernel/tracing', what: say`kernel events before an exception` },
  { path: '/proc/kcore', what: say`memory of the kernel` },
]

function blindSpots(): string[] {
  return wanted.flatMap(({ path, what }) => {
    try {
      accessSync(path, constants.R_OK)
      return []
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      return [missing ? say`${path} is not there: ${what}` : say`${path} cannot be read: ${what}`]
    }
  })
}
