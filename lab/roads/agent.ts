// The agent inside the guest that fails: the bundles that it made while the machine lived on, and of what the dead kernel left.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Status } from '../../src/agent/watch/status.ts'
import { withoutOption } from '../guests/guest.ts'
import type { Guest } from '../guests/index.ts'
import { commandFiles, lacksNode, NODE_MEMORY_MB, nodeDisk, useNode } from '../inside.ts'
import { runProgram } from '../run-program.ts'
import { asEvidence, reportsOf } from './bundled-reports.ts'
import { makeFileSystem, mountDisk } from './disk.ts'
import { loadRamoops, ramoopsWords } from './ramoops.ts'
import type { Evidence, FinishedBoot, OpenRoad, Road } from './road.ts'

const runtime = '/tmp/agent/run'
const status = `${runtime}/status.json`
const marks = '/tmp/agent/marks'
const told = '/tmp/agent.log'
const packed = '/tmp/bundles.tar.gz'

const suppress = '/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress'

/** Shell: a host that has other work to do stops the guest for seconds, which is no fault of a guest that is still being set up. */
const patiently = (script: string): string => `stalls=$(cat ${suppress}); echo 1 >${suppress}
${script}
ready=$?; echo $stalls >${suppress}; [ $ready = 0 ]`

/** Shell that runs the agent as $agent, until it watches. */
const watchIn = (data: string, more: string): string => `
faultline watch --data ${data} --runtime ${runtime} --collect no ${more} --route '*.* text~agent-mark ${marks} format=text' >${told} 2>&1 & agent=$!
tries=0
while ! grep -q running ${status} 2>/dev/null && [ $tries -lt 900 ]; do sleep 0.1; tries=$((tries + 1)); done
[ $tries -lt 900 ] || { cat ${told}; false; }`

/**
 * Shell: until the agent has taken a mark out of the log, and with it all that stood before, and says thereafter that nothing is
 * under way. On a busy host that takes many seconds; where the crash took the workers that write to disks, it never comes.
 */
const untilQuiet = `echo '<14>@@lab agent-mark' >/dev/kmsg; end=$(($(date +%s) + 35))
while [ $(date +%s) -lt $end ]; do sleep 0.5
  [ -s ${marks} ] && [ ${status} -nt ${marks} ] && ! grep -q '"pending":1\\|"waiting":[1-9]' ${status} && break; done; true`

/** Shell: until the agent has collected what the last kernel left, which is gone then. */
const untilCollected = `tries=0
while [ -n "$(ls /sys/fs/pstore)" ] && [ $tries -lt 900 ]; do sleep 0.1; tries=$((tries + 1)); done
[ $tries -lt 900 ] || { cat ${told}; false; }`

/** Shell that ends the agent and sends what it has bundled. */
const sendBundles = (data: string): string => `kill $agent; wait $agent
tar -c -C ${data} bundles | gzip >${packed}
send ${packed} ${status} ${told}; [ -f ${status} ]`

/** What came of it, as reports that say how they came there. Throws where bundles are not as they were written. */
async function reportsIn(run: FinishedBoot, folder: string, oneBoot: boolean): Promise<Evidence[]> {
  const archive = run.sent(packed)
  const sent = run.sent(status)
  if (sent === undefined || archive === undefined)
    throw new Error(`no status or no bundles of the agent: ${run.sent(told) ?? 'no word'}`)
  const { sources, reports } = JSON.parse(sent.toString()) as Status
  const lost = sources.reduce((sum, source) => sum + source.lost, 0)
  const path = join(folder, 'spool')
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'bundles.tar.gz'), archive)
  await runProgram('tar', ['-xzf', join(path, 'bundles.tar.gz'), '-C', path])
  const found = await reportsOf(join(path, 'bundles'), lost)
  if (oneBoot && reports['bundled'] !== found.length)
    throw new Error(`the agent counts ${reports['bundled']} bundles, there are ${found.length}`)
  return [asEvidence(found)]
}

/** Node, the command, and room for both. */
async function commandIn(guest: Guest): Promise<Required<Pick<OpenRoad, 'qemu' | 'files' | 'memoryMb'>>> {
  const { qemu } = await nodeDisk(guest)
  return { qemu, files: await commandFiles(), memoryMb: NODE_MEMORY_MB }
}

const START_SECONDS = 20

export const agent: Road = {
  name: 'agent',
  what: 'the agent in the guest: what it bundled while the machine lived',
  sees: 'alive',
  group: 'inside',
  asked: true,
  answers: true,
  lacks: lacksNode,
  open: async (guest, folder) => ({
    ...(await commandIn(guest)),
    prepareSeconds: START_SECONDS,
    prepare: patiently(`${useNode(guest)}${watchIn('/tmp/agent', '--no-harvest')}`),
    afterCrash: `{ ${untilQuiet}; } && { ${sendBundles('/tmp/agent')}; }`,
    evidence: run => reportsIn(run, join(folder, 'agent'), true),
  }),
}

const DATA_MB = 32

/** As a machine has it that is set up well: what is heard is durable at once, what the kernel dumps outlives a warm reboot. */
export const agentReboot: Road = {
  name: 'agent-reboot',
  what: 'the agent in the guest before and after a warm reboot: what it bundled, alive and of what ramoops kept',
  sees: 'bundled',
  group: ['inside', 'pstore'],
  asked: true,
  answers: true,
  survives: true,
  lacks: guest =>
    lacksNode(guest) ??
    withoutOption(guest, 'PSTORE') ??
    (guest.reservedMemory === undefined ? 'no memory that a reboot leaves alone is known' : undefined),
  open: async (guest, folder) => {
    const command = await commandIn(guest)
    const disk = await makeFileSystem(folder, 'agent', DATA_MB)
    const begin = patiently(`${useNode(guest)}
{ ${mountDisk(disk)}; } && ${loadRamoops(guest)} && {${watchIn('/disks/agent', '')}; } && { ${untilCollected}; }`)
    return {
      ...command,
      qemu: [...command.qemu, ...disk.qemu],
      commandLine: ramoopsWords(guest),
      prepareSeconds: START_SECONDS,
      prepare: begin,
      afterCrash: untilQuiet,
      afterRebootSeconds: START_SECONDS,
      afterReboot: `${begin} && { ${untilQuiet}; } && { ${sendBundles('/disks/agent')}; }`,
      evidence: run => reportsIn(run, join(folder, 'agent-reboot'), false),
    }
  },
}
