// What the pages of the UI ask for, over a store of a million reports: one client after the other, and eight at once.

import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../tests/random.ts'

export interface Api {
  url: string
  token: string
}

export interface Timing {
  name: string
  count: number
  median: number
  p99: number
  worst: number
}

/** What is looked at of the answers. */
interface Answer {
  issues: { id: string; title: string }[]
  hosts: { id: string; name: string }[]
  reports: { id: string }[]
  values: string[]
}

/** One token may ask 3000 things a minute. */
class TooMany extends Error {
  readonly afterS: number
  constructor(afterS: number) {
    super(`too many requests, asked again after ${afterS} s`)
    this.afterS = afterS
  }
}

/** How long the answer took, ms, without the time for which the server did not want to be asked. */
async function timed(api: Api, path: string): Promise<number> {
  for (;;) {
    const began = performance.now()
    try {
      await get(api, path)
      return performance.now() - began
    } catch (error) {
      if (!(error instanceof TooMany)) throw error
      await sleep(error.afterS * 1000)
    }
  }
}

async function get(api: Api, path: string): Promise<Answer> {
  const answer = await fetch(new URL(path, api.url), { headers: { Authorization: `Bearer ${api.token}` } })
  const text = await answer.text()
  if (answer.status === 429) throw new TooMany(Number(answer.headers.get('retry-after') ?? 1))
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 200)}`)
  return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : ({} as Answer)
}

export type Path = (random: Random) => string

/** Paths of each kind of question, by what the store has. */
export async function questions(api: Api): Promise<Record<string, Path>> {
  const top = (await get(api, 'api/v1/issues?sort=reports&limit=200')).issues
  const late = (await get(api, 'api/v1/issues?limit=200')).issues
  const hosts = (await get(api, 'api/v1/hosts?limit=200')).hosts
  const ofTop = (await get(api, `api/v1/issues/${top[0]!.id}/reports?limit=200`)).reports
  const ofLate = await Promise.all(
    late.slice(0, 50).map(async ({ id }) => (await get(api, `api/v1/issues/${id}/reports?limit=2`)).reports),
  )
  const reports = [...ofTop, ...ofLate.flat()]
  const values = async (of: string): Promise<string[]> => (await get(api, `api/v1/values?of=${of}`)).values
  const [kinds, releases, models, modules] = await Promise.all(['kind', 'release', 'model', 'module'].map(values))
  const word = ({ title }: { title: string }): string => / in (?<name>\w+)/.exec(title)?.groups?.['name'] ?? 'null'
  const issue = (random: Random) => random.pick(random.below(2) === 0 ? top : late)
  const list = 'api/v1/issues?limit=50&trend=true&count=true'
  return {
    overview: random => `api/v1/overview?hours=${random.pick([24, 168, 720, 2160])}`,
    // The server gives one answer to all who ask for the same within half a second, and keeps a span's bars a little.
    'overview, other spans each time': random => `api/v1/overview?hours=${1 + random.below(180 * 24)}`,
    'issues, the latest': () => list,
    'issues by number': random => `${list}&sort=${random.pick(['reports', 'hosts', 'first-seen'])}`,
    'issues, filtered': random =>
      `${list}&${random.pick([
        `kind=${encodeURIComponent(random.pick(kinds!))}`,
        `release=${encodeURIComponent(random.pick(releases!))}`,
        `model=${encodeURIComponent(random.pick(models!))}`,
        `module=${encodeURIComponent(random.pick(modules!))}`,
        `host=${encodeURIComponent(random.pick(hosts).name)}`,
        'state=new,regressed',
        'fatal=true&severity=oops',
      ])}`,
    'issues, full text': random =>
      `${list}&query=${encodeURIComponent(random.pick([word(issue(random)), word(issue(random)).slice(0, 5), 'null pointer', 'RIP']))}`,
    'one issue': random => `api/v1/issues/${issue(random).id}`,
    'its reports': random => `api/v1/issues/${issue(random).id}/reports?limit=50`,
    'one report': random => `api/v1/reports/${random.pick(reports).id}`,
    'a report as HTML': random => `api/v1/reports/${random.pick(reports).id}/html`,
    'two reports compared': random => `api/v1/sameness?one=${random.pick(reports).id}&other=${random.pick(reports).id}`,
    hosts: random => `api/v1/hosts?limit=50&after=${random.pick(hosts).id}`,
    'one host': random => `api/v1/hosts/${random.pick(hosts).id}`,
    'its exceptions': random => `api/v1/hosts/${random.pick(hosts).id}/reports?limit=50`,
    'values to filter by': random =>
      `api/v1/values?of=${random.pick(['kind', 'release', 'model', 'module', 'host'])}&begins=${random.pick(['', 'n', 'node-0'])}`,
  }
}

/** So many of each kind, as long as `going` says. */
export async function timePages(
  api: Api,
  all: Readonly<Record<string, Path>>,
  each: number,
  clients: number,
  going: () => boolean = () => true,
): Promise<Timing[]> {
  const times = new Map<string, number[]>(Object.keys(all).map(name => [name, []]))
  const names = Object.keys(all)
  const work = Array.from({ length: each * names.length }, (_, index) => names[index % names.length]!)
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const random = new Random(client + 1)
      for (let name = work.pop(); name !== undefined && going(); name = work.pop()) {
        times.get(name)!.push(await timed(api, all[name]!(random)))
      }
    }),
  )
  const rows = [...times, ['all of them', [...times.values()].flat()] as const].filter(([, list]) => list.length > 0)
  return rows.map(([name, list]) => {
    const sorted = list.sort((a, b) => a - b)
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!
    return { name, count: list.length, median: at(0.5), p99: at(0.99), worst: sorted.at(-1)! }
  })
}
