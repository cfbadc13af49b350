// One case on one guest over some roads: boot, prepare, crash, collect, boot again, collect again.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineOptions, prepareGuest } from './boot.ts'
import { bundleProblems } from './bundled.ts'
import { type Case, caseOn } from './cases/case.ts'
import type { Guest } from './guests/index.ts'
import { accelerated } from './kvm.ts'
import type { MachineOptions } from './machine.ts'
import { builtPrograms } from './programs.ts'
import type { Evidence, FinishedBoot, Group, OpenRoad, Road } from './roads/index.ts'
import { runFolder } from './run-folder.ts'
import { consoleLog, type PhaseEnd, Session, sentFiles } from './session.ts'
import { tell } from './tell.ts'
import { decodeEvidence, judgeRoad, type RoadVerdict } from './verdict.ts'

/** A machine with other work to do is that much slower than an idle one. */
const PATIENCE = 5

/** What a phase takes on an idle machine unless the case says otherwise. */
const USUAL_SECONDS = 10

export interface CaseVerdict {
  case: string
  guest: string
  does: string
  /** why it was not run */
  skipped?: string
  /** what went wrong besides the decoding: the guest did not boot, did not die… */
  problems: string[]
  roads: RoadVerdict[]
  /** from the start of QEMU to the first command, of each boot */
  bootSeconds: number[]
  seconds: number
  /** where console and evidence are kept */
  folder?: string
}

export async function runCase(plain: Case, guest: Guest, roads: readonly Road[]): Promise<CaseVerdict> {
  const chosen = caseOn(guest, plain)
  const verdict: CaseVerdict = {
    case: chosen.name,
    guest: guest.name,
    does: chosen.does,
    problems: [],
    roads: [],
    bootSeconds: [],
    seconds: 0,
  }
  const skipped = chosen.not?.(guest)
  if (skipped !== undefined) return { ...verdict, skipped }
  const began = performance.now()
  const open: Road[] = []
  for (const road of roads) {
    const reason = guest.lacks?.[road.name] ?? road.lacks?.(guest) ?? unseen(chosen, road)
    if (reason === undefined) open.push(road)
    else verdict.roads.push({ road: road.name, outcome: 'not-judged', captured: 0, problems: [], reason })
  }
  const own = runFolder(`${chosen.name}.${guest.name}`)
  try {
    await runBoots(chosen, guest, open, own.folder, verdict)
  } finally {
    const kept = own.keep()
    if (kept !== undefined) verdict.folder = kept
  }
  verdict.seconds = (performance.now() - began) / 1000
  return verdict
}

/** Runs the boots one after the other, each in a folder below `within`, and enters into the verdict what they say. */
async function runBoots(
  chosen: Case,
  guest: Guest,
  open: readonly Road[],
  within: string,
  verdict: CaseVerdict,
): Promise<void> {
  for (const [number, some] of boots(open).entries()) {
    const folder = join(within, String(number + 1))
    const boot = await runBoot(chosen, guest, some, folder)
    verdict.problems.push(...boot.problems)
    if (boot.bootSeconds !== undefined) verdict.bootSeconds.push(boot.bootSeconds)
    for (const road of some) {
      const evidence = boot.evidence.get(road.name) ?? []
      keep(join(folder, road.name), evidence)
      const judged = judgeRoad(chosen, road, evidence)
      if (road.survives && !road.answers && judged.outcome === 'right') {
        const problems = await bundleProblems(evidence, decodeEvidence(evidence))
        if (problems.length > 0) Object.assign(judged, { outcome: 'wrong', problems })
      }
      verdict.roads.push(judged)
    }
  }
}

/** Why this road has nothing to find of this case. */
function unseen(each: Case, road: Road): string | undefined {
  if (each.atBoot && road.name !== 'serial') return 'the kernel dies before anything could be set up for it'
  if (road.asked && !each.over?.includes(road.name)) return 'this case does not ask for it'
  if (road.once && (each.times ?? 1) > 1) return 'the machine does not come back to crash again'
  if (each.orderly && road.group === 'network') return 'the network card is shut down before the last line'
  if (road.sees === 'alive' && each.ends !== 'lives') return 'its reader dies with the kernel'
  if (road.sees === 'dumped' && each.dumps === undefined) return 'the kernel dumps its log for oopses and panics only'
  if (road.sees === 'survived' && (each.dumps !== 'oops' || each.ends !== 'lives'))
    return 'it is written by a worker of the kernel, a moment after an oops that the machine survives'
  if (road.sees === 'survived' && each.killsWorker)
    return 'it is written by a worker of the kernel, which the crash killed'
  if (road.sees === 'bundled' && each.ends === 'powers-off') return 'the machine does not come back by itself'
  if (road.sees === 'panics' && each.dumps !== 'panic') return 'the kernel takes this road in a panic only'
  return undefined
}

/** The roads of each boot: only one of a group fits into one. Serial is in each, to see what happened. */
function boots(roads: readonly Road[]): Road[][] {
  const found: Road[][] = []
  for (const road of roads) {
    const free = found.find(boot => boot.every(other => fitOneBoot(road, other)))
    if (free) free.push(road)
    else found.push([road])
  }
  return found
}

export function fitOneBoot(a: Road, b: Road): boolean {
  if ((a.setup ?? a.name) === (b.setup ?? b.name)) return true
  const groups = groupsOf(b)
  return groupsOf(a).every(group => !groups.includes(group))
}

const groupsOf = ({ group }: Road): readonly Group[] =>
  group === undefined ? [] : typeof group === 'string' ? [group] : group

interface BootResult {
  evidence: Map<string, Evidence[]>
  problems: string[]
  bootSeconds?: number
}

async function runBoot(each: Case, guest: Guest, roads: readonly Road[], folder: string): Promise<BootResult> {
  const prepared = await prepareGuest(guest)
  const programs = await builtPrograms(guest, each.programs ?? [])
  mkdirSync(folder, { recursive: true })
  const opened: { road: Road; open: OpenRoad }[] = []
  let machines: Machines | undefined
  try {
    for (const road of roads) opened.push({ road, open: await road.open(guest, folder) })
    const setUps = opened.filter(
      ({ road: { setup } }, index) =>
        setup === undefined || opened.findIndex(({ road }) => road.setup === setup) === index,
    )
    const scripts = (part: 'prepare' | 'afterCrash' | 'afterReboot', of = opened): string =>
      of.map(({ open }) => (open[part] === undefined ? '' : `{\n${open[part]}\n} || failed=1\n`)).join('')
    const options = machineOptions(
      prepared,
      {
        files: {
          ...Object.assign({}, ...setUps.map(({ open }) => open.files)),
          ...Object.fromEntries([...programs].map(([name, bytes]) => [`programs/${name}`, bytes])),
          prepare: `failed=0\n${scripts('prepare', setUps)}[ $failed = 0 ]\n`,
          do: `${each.crash}\n`,
          crash: each.asInit ? `. /lab/do\n` : 'sh /lab/do\n',
          collect: `failed=0\n${scripts('afterCrash')}[ $failed = 0 ]\n`,
          harvest: `failed=0\n${scripts('afterReboot')}[ $failed = 0 ]\n`,
        },
        commandLine: [
          ...(each.commandLine?.some(word => word.startsWith('panic=')) ? [] : ['panic=1']),
          ...(each.commandLine ?? []),
          ...setUps.flatMap(({ open }) => open.commandLine ?? []),
        ],
        args: [
          ...setUps.flatMap(({ open }) => open.qemu ?? []),
          // The kernel's own reboot is to be no warm one.
          ...(each.atBoot || opened.some(({ open }) => open.coldReboot) ? ['-no-reboot'] : []),
          ...(opened.some(({ open }) => open.onReset) ? ['-action', 'reboot=shutdown,shutdown=pause'] : []),
        ],
        memoryMb: Math.max(guest.memoryMb, each.memoryMb ?? 0, ...setUps.map(({ open }) => open.memoryMb ?? 0)),
        ...(each.processors === undefined ? {} : { processors: each.processors }),
        logFile: join(folder, 'console.raw'),
      },
      folder,
    )
    const accelerating = await accelerated(guest, options)
    const began = performance.now()
    machines = new Machines(accelerating)
    const problems = await drive(each, guest, machines, opened)
    await machines.stop()
    const firstReady = machines.all[0]?.firstReadyMs
    const finished = finishedBoot(guest, machines)
    const evidence = new Map<string, Evidence[]>()
    for (const { road, open } of opened) {
      try {
        evidence.set(road.name, await open.evidence(finished))
      } catch (error) {
        problems.push(`${road.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return {
      evidence,
      problems,
      ...(firstReady === undefined ? {} : { bootSeconds: (firstReady - began) / 1000 }),
    }
  } finally {
    await machines?.stop()
    rmSync(join(folder, 'initramfs'), { force: true })
    for (const { open } of opened) open.close?.()
  }
}

/** The QEMU of a boot, and the one after a cold reboot: only files outlive the first. */
class Machines {
  readonly all: Session[]
  private readonly options: MachineOptions

  constructor(options: MachineOptions) {
    this.options = options
    this.all = [new Session(options)]
  }

  get session(): Session {
    return this.all.at(-1)!
  }

  async coldReboot(): Promise<void> {
    await this.session.machine.stop()
    const { logFile, ...options } = this.options
    this.all.push(new Session({ ...options, ...(logFile === undefined ? {} : { logFile: `${logFile}.second` }) }))
  }

  async stop(): Promise<void> {
    await this.session.machine.stop()
  }
}

/** Leads the guest through its phases; what went otherwise than the case says. */
async function drive(
  each: Case,
  guest: Guest,
  machines: Machines,
  opened: readonly { road: Road; open: OpenRoad }[],
): Promise<string[]> {
  const problems: string[] = []
  const bootLimit = guest.bootSeconds
  const limit = (each.seconds ?? USUAL_SECONDS) * (guest.slower ?? 1) * PATIENCE
  const { session: first } = machines
  if (each.atBoot) {
    const ended = await first.until(() => first.boots.length > 0, bootLimit)
    return ended || first.machine.running ? ['the kernel should have died while it booted'] : []
  }
  if (!(await first.ready(1, bootLimit))) {
    const words = first.machine.complaint
    return [`did not boot within ${bootLimit} s${words && `: ${words}`}`]
  }
  let crash: PhaseEnd
  let left = each.times ?? 1
  do {
    const { session } = machines
    const more = opened.reduce((sum, { open }) => sum + (open.prepareSeconds ?? 0), 0)
    const prepared = await session.phase('prepare', limit + more * PATIENCE)
    if (prepared.how !== 'done' || prepared.status !== 0) problems.push(`prepare: ${tellEnd(prepared)}`)
    if (opened.some(({ open }) => open.onReset)) await stopAtReset(session, opened)
    crash = await session.phase('crash', limitOf(each, guest, limit))
  } while (--left > 0 && (await bootsAgain(machines, opened, crash, bootLimit)))
  const { session } = machines
  if (!endsAs(each, crash)) problems.push(`the machine should have ${expectedEnd[each.ends]}: ${tellEnd(crash)}`)
  if (crash.how === 'done') {
    await session.until(() => session.boots.length > 1, each.settles ?? 0.3)
    for (const { open } of opened) await open.onHost?.(session)
    if (each.ends === 'lives' && session.boots.length === 1) {
      const collected = await session.phase('collect', limit)
      if (collected.how !== 'done' || collected.status !== 0) problems.push(`collect: ${tellEnd(collected)}`)
    }
  } else if (session.machine.running) {
    for (const { open } of opened) await open.onHost?.(session)
  }
  if (opened.some(({ open }) => open.afterReboot !== undefined || open.onRebooted !== undefined)) {
    problems.push(...(await harvest(machines, opened, crash, each.times ?? 1, bootLimit, limit)))
  }
  return problems
}

/** Whether the guest is there for another crash: by its own reboot, or by the new QEMU that the roads ask for. */
async function bootsAgain(
  machines: Machines,
  opened: readonly { open: OpenRoad }[],
  crash: PhaseEnd,
  bootLimit: number,
): Promise<boolean> {
  if (crash.how !== 'stopped' || !opened.some(({ open }) => open.coldReboot)) return crash.how === 'rebooted'
  await machines.coldReboot()
  return machines.session.ready(1, bootLimit)
}

/** Has the roads look at the machine when it is about to reset or to power off, or has told QEMU of its panic; then lets it. */
async function stopAtReset(session: Session, opened: readonly { open: OpenRoad }[]): Promise<void> {
  const { machine } = session
  const cold = opened.some(({ open }) => open.coldReboot)
  const look = async (reset: boolean): Promise<void> => {
    for (const { open } of opened) await open.onReset?.(session)
    if (cold || !reset) return machine.stop()
    await machine.command('set-action', { reboot: 'reset' })
    await machine.command('system_reset')
    await machine.command('cont')
  }
  // What goes wrong here is a machine that does not come back, and roads without evidence.
  const complain = (error: unknown): void =>
    tell(`at the reset: ${error instanceof Error ? error.message : String(error)}`)
  await machine.on('SHUTDOWN', reason => void look(reason === 'guest-reset').catch(complain))
  // pseries and s390x tell the hypervisor of a panic; QEMU would end there, if it were not to pause.
  await machine.on('GUEST_PANICKED', () => void look(false).catch(complain))
}

async function harvest(
  machines: Machines,
  opened: readonly { open: OpenRoad }[],
  crash: PhaseEnd,
  times: number,
  bootLimit: number,
  limit: number,
): Promise<string[]> {
  let boots = 1 + times
  if (opened.some(({ open }) => open.coldReboot)) {
    await machines.coldReboot()
    boots = 1
  } else if (crash.how !== 'rebooted' && machines.session.boots.length === 1) {
    const { machine } = machines.session
    if (opened.some(({ open }) => open.onReset)) await machine.command('set-action', { reboot: 'reset' })
    await machine.command('system_reset')
  }
  const { session } = machines
  if (!(await session.ready(boots, bootLimit))) return [`did not boot again within ${bootLimit} s`]
  for (const { open } of opened) await open.onRebooted?.(session)
  const more = opened.reduce((sum, { open }) => sum + (open.afterRebootSeconds ?? 0), 0)
  const end = await session.phase('harvest', limit + more * PATIENCE)
  return end.how === 'done' && end.status === 0 ? [] : [`harvest: ${tellEnd(end)}`]
}

/** A machine that is to hang or halt is waited for no longer than that takes; one that reboots, until it is up again. */
function limitOf(each: Case, guest: Guest, limit: number): number {
  if (each.ends === 'hangs' || each.ends === 'halts') return each.seconds ?? USUAL_SECONDS
  return each.ends === 'reboots' ? limit + guest.bootSeconds : limit
}

const expectedEnd: Record<Case['ends'], string> = {
  lives: 'lived on',
  reboots: 'rebooted',
  'powers-off': 'powered off',
  halts: 'halted',
  hangs: 'hung',
}

function endsAs(each: Case, end: PhaseEnd): boolean {
  switch (each.ends) {
    case 'lives':
      return end.how === 'done'
    case 'reboots':
      // A board without a reset of its own ends instead.
      return end.how === 'rebooted' || end.how === 'stopped'
    case 'powers-off':
      return end.how === 'stopped'
    default:
      return end.how === 'silent' || end.how === 'stopped'
  }
}

function tellEnd(end: PhaseEnd): string {
  if (end.how === 'done') return `it went on, status ${end.status}`
  return { rebooted: 'it rebooted', stopped: 'QEMU ended', silent: 'nothing came' }[end.how]
}

function finishedBoot(guest: Guest, machines: Machines): FinishedBoot {
  const console = Buffer.concat(machines.all.map(session => session.console))
  const files = new Map(sentFiles(console).map(({ path, bytes }) => [path, bytes]))
  return { guest, console: consoleLog(console), sent: path => files.get(path), paths: [...files.keys()] }
}

function keep(folder: string, evidence: readonly Evidence[]): void {
  if (evidence.length === 0) return
  mkdirSync(folder, { recursive: true })
  for (const { name, bytes } of evidence) writeFileSync(join(folder, name.replaceAll('/', '_')), bytes)
}
