// The agent inside the guest that fails: the bundles that it made while the machine lived on.

import type { Status } from '../../src/agent/watch/status.ts'
import { commandFiles, lacksNode, NODE_MEMORY_MB, nodeDisk, useNode } from '../inside.ts'
import type { Evidence, FinishedBoot, Road } from './road.ts'

const folder = '/tmp/agent'

interface Bundle {
  report: { time?: { wall?: string; sinceBootUs?: number } }
  origin: { writtenAt: string }
  excerpt: string
}

/** Milliseconds from the last line of an exception to its bundle, by the guest's clock. */
export function latenessOf({ report, origin, excerpt }: Bundle): number | undefined {
  const { wall, sinceBootUs } = report.time ?? {}
  const stamps = [...excerpt.matchAll(/^\d+,\d+,(\d+),/gm)].map(([, us]) => Number(us))
  if (wall === undefined || sinceBootUs === undefined || stamps.length === 0) return undefined
  const lastMs = Date.parse(wall) + (stamps.at(-1)! - sinceBootUs) / 1000
  return Math.round(Date.parse(origin.writtenAt) - lastMs)
}

function bundlesIn(run: FinishedBoot): Map<string, Bundle> {
  const found = new Map<string, Bundle>()
  for (const path of run.paths) {
    const name = /\/bundles\/([^/]+)\/report\.json$/.exec(path)?.[1]
    if (name === undefined) continue
    const file = (each: string): string => (run.sent(`${folder}/bundles/${name}/${each}`) ?? '').toString()
    found.set(name, {
      report: JSON.parse(file('report.json')),
      origin: JSON.parse(file('origin.json')),
      excerpt: file('excerpt.log'),
    })
  }
  return found
}

export const agent: Road = {
  name: 'agent',
  what: 'the agent in the guest: what it bundled while the machine lived',
  sees: 'alive',
  group: 'inside',
  asked: true,
  answers: true,
  lacks: lacksNode,
  open: async guest => ({
    qemu: (await nodeDisk(guest)).qemu,
    files: await commandFiles(),
    memoryMb: NODE_MEMORY_MB,
    prepareSeconds: 20,
    prepare: `${useNode(guest)}
faultline watch --data ${folder} --runtime ${folder}/run --no-harvest --collect no >/tmp/agent.log 2>&1 & agent=$!
tries=0
while ! grep -q running ${folder}/run/status.json 2>/dev/null && [ $tries -lt 900 ]; do sleep 0.1; tries=$((tries + 1)); done
[ $tries -lt 900 ] || { cat /tmp/agent.log; false; }`,
    // Until twice in turn the status says that nothing is under way: on a busy host seconds pass before it is written.
    afterCrash: `quiet=0; tries=0
while [ $quiet -lt 2 ] && [ $tries -lt 60 ]; do sleep 1.5; tries=$((tries + 1))
  if grep -q '"pending":1\\|"waiting":[1-9]' ${folder}/run/status.json; then quiet=0; else quiet=$((quiet + 1)); fi; done
kill $agent; wait $agent
for each in ${folder}/bundles/2*; do send $each/report.json $each/origin.json $each/excerpt.log; done
send ${folder}/run/status.json /tmp/agent.log; [ -f ${folder}/run/status.json ]`,
    evidence: (run): Evidence[] => {
      const bundles = bundlesIn(run)
      const status = run.sent(`${folder}/run/status.json`)
      if (status === undefined) throw new Error(`no status of the agent: ${run.sent('/tmp/agent.log') ?? 'no word'}`)
      const { reports, sources } = JSON.parse(status.toString()) as Status
      if (reports['bundled'] !== bundles.size)
        throw new Error(`the agent counts ${reports['bundled']} bundles, there are ${bundles.size}`)
      const lost = sources.reduce((sum, source) => sum + source.lost, 0)
      const lines = [...bundles.values()].map(bundle =>
        JSON.stringify({ ...bundle.report, agent: { lateMs: latenessOf(bundle), lost } }),
      )
      return [{ name: 'reports.json', bytes: Buffer.from(lines.map(line => `${line}\n`).join('')) }]
    },
  }),
}
