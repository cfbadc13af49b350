// A store as a fleet fills it: a million reports of 20,000 bugs on 10,000 hosts, made out of real reports. Its rows are written
// directly, its counts are made by the same rules as the server's (src/server/issues/count.ts).

import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeBytes } from '../../src/core/decoder.ts'
import { fingerprintOf } from '../../src/core/group/fingerprint.ts'
import type { Report } from '../../src/core/model.ts'
import { countedFacets, factsOf } from '../../src/server/issues/facets.ts'
import { firmwareOf, modelOf } from '../../src/server/issues/hardware.ts'
import { keysOf } from '../../src/server/issues/keys.ts'
import { outlineOf } from '../../src/server/retention/outline.ts'
import { newId } from '../../src/server/store/id.ts'
import { HALF_DAY_MS } from '../../src/server/store/migrations/010-counts.ts'
import { databaseName, openStore } from '../../src/server/store/store.ts'
import { Random } from '../../tests/random.ts'

export interface FleetShape {
  reports: number
  issues: number
  hosts: number
}

const HOUR = 60 * 60 * 1000
const DAYS = 180
/** Of one issue so many are whole, as the server's default has it. */
const WHOLE = 200
const MAX_BODY = 12_000

/** Each model with three versions of its firmware. */
const hardwares = Array.from(
  { length: 72 },
  (_, each) => `Maker ${each % 5} Model ${each % 24}/Board, BIOS ${each % 24}.${each % 3} 0${1 + (each % 3)}/02/2024`,
)
/** Modules that a host has loaded: most are everywhere. */
const moduleSets = Array.from({ length: 200 }, (_, set) =>
  Array.from({ length: 150 }, (_, each) =>
    each < 110 ? `common_${each}` : `driver_${(each * 7 + set * 13) % 400}`,
  ).sort(),
)
const releases = [5, 6].flatMap(major =>
  Array.from({ length: 20 }, (_, minor) => `${major}.${minor}.${minor * 3}-generic`),
)

/** Real reports, each once, none that is unusually long. */
function templates(root: string): Report[] {
  const files = globSync(['fixtures/kinds/*/*/input.log', 'bench/reports/*.txt'], { cwd: root }).sort()
  return files
    .flatMap(file => decodeBytes(readFileSync(join(root, file))).slice(0, 1))
    .filter(report => JSON.stringify(report).length < MAX_BODY && /\bin [a-z_]\w{4,}$/.test(report.title))
}

/** The same report in another function. */
function inFunction(template: Report, name: string): Report {
  const from = / in (?<name>\w+)$/.exec(template.title)!.groups!['name']!
  const report = JSON.parse(JSON.stringify(template).replaceAll(from, name)) as Report
  return { ...report, fingerprint: fingerprintOf(report) }
}

/** Made where it is not there yet; gives the folder of the store. */
export async function fleetStore(
  root: string,
  folder: string,
  { reports, issues, hosts }: FleetShape,
): Promise<string> {
  const target = join(folder, `fleet-${reports}-${issues}-${hosts}`)
  if (existsSync(target)) return target
  const work = `${target}.new`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  await (await openStore(join(work, 'server'))).close()
  const db = new DatabaseSync(join(work, 'server', databaseName))
  db.exec('pragma synchronous = off; pragma journal_mode = off; pragma cache_size = -400000')
  const write = (table: string, columns: readonly string[]) => {
    const statement = db.prepare(
      `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
    )
    return (...values: (string | number | null)[]) => statement.run(...values)
  }
  const seed = new Random(7)
  const next = (): number => seed.next() / 2 ** 32
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const now = Math.floor(Date.now() / HOUR) * HOUR
  const all = templates(root)
  if (all.length < 50) throw new Error('too few templates')

  db.exec('begin')
  const host = write('hosts', [
    'id',
    'name',
    'via',
    'hardware',
    'firmware',
    'modules',
    'arch',
    'release',
    'reports',
    'first_seen',
    'last_seen',
  ])
  const machines = Array.from({ length: hosts }, (_, each) => {
    const id = newId()
    const release = pick(releases)
    const whole = pick(hardwares)
    const [hardware, firmware] = [modelOf(whole)!, firmwareOf(whole)!]
    const modules = String(Math.floor(next() * moduleSets.length))
    const name = `node-${String(each).padStart(5, '0')}.rack${each % 200}.example`
    host(id, name, '', hardware, firmware, modules, 'x86_64', release, 0, now, now)
    return { id, release, hardware, firmware, modules, weight: next() ** 6 * 20 + 0.2 }
  })
  const chances = cumulative(machines.map(({ weight }) => weight))
  const rank = cumulative(Array.from({ length: issues }, (_, each) => 1 / (each + 1)))

  const issue = write('issues', [
    'id',
    'title',
    'kind',
    'severity',
    'fatal',
    'state',
    'reports',
    'hosts',
    'first_seen',
    'last_seen',
  ])
  const key = write('issue_keys', ['kind', 'value', 'issue_id'])
  const words = write('search', ['fingerprint', 'title', 'body'])
  const bugs = Array.from({ length: issues }, (_, each) => {
    const id = newId()
    const template = all[each % all.length]!
    const from = / in (?<name>\w+)$/.exec(template.title)!.groups!['name']!
    const report = inFunction(template, `${from.slice(0, 40)}_${each.toString(36)}`)
    const facts = factsOf(report)
    const state = pick([
      'new',
      'recurring',
      'recurring',
      'recurring',
      'recurring',
      'known',
      'ignored',
      'fixed',
      'regressed',
    ])
    issue(id, facts.title, facts.kind, facts.severity, facts.fatal, state, 0, 0, now, now)
    for (const { kind, value } of keysOf(report)) if (kind !== 'other-title') key(kind, value, id)
    words(report.fingerprint, report.title, report.text)
    return {
      id,
      facts,
      whole: JSON.stringify(report),
      outline: JSON.stringify(outlineOf(report)),
      seen: 0,
      began: next() ** 2,
    }
  })
  db.exec('commit; begin')

  const report = write('reports', [
    ...['id', 'issue_id', 'bundle_id', 'host_id', 'boot_id', 'at', 'received_at', 'kind', 'severity', 'title', 'fatal'],
    ...['arch', 'release', 'hardware', 'firmware', 'module', 'modules', 'function', 'fingerprint', 'joined_by'],
    ...['outlined_at', 'outlined_why'],
  ])
  const body = write('report_bodies', ['report_id', 'body'])
  const bundle = write('bundles', ['id', 'sender_id', 'name', 'received_at'])
  const evidence = write('evidence', ['bundle_id', 'path', 'hash', 'size_bytes'])
  const ids = { at: now - DAYS * 24 * HOUR }
  const spread = (DAYS * 24 * HOUR) / reports
  for (let each = 0; each < reports; each++) {
    // In the order in which they came, so that ids sort as the server's do.
    ids.at += spread
    const at = Math.floor(ids.at)
    let bug = bugs[chosen(rank, next())]!
    // A bug that has not begun yet is not seen.
    for (let tries = 0; tries < 3 && bug.began * DAYS > (each / reports) * DAYS; tries++)
      bug = bugs[chosen(rank, next())]!
    const machine = machines[chosen(chances, next())]!
    const id = newId(at)
    const bundleId = newId(at)
    bug.seen++
    const whole = bug.seen <= WHOLE
    const { kind, severity, title, fatal, module, function: name, fingerprint } = bug.facts
    const { release, hardware, firmware, modules } = machine
    report(
      ...([id, bug.id, bundleId, machine.id, null, at, at, kind, severity, title, fatal, 'x86_64'] as const),
      ...([release, hardware, firmware, module, modules, name, fingerprint] as const),
      bug.seen === 1 ? 'first' : 'fingerprint',
      ...([whole ? null : at, whole ? null : 'count'] as const),
    )
    body(id, whole ? bug.whole : bug.outline)
    bundle(bundleId, machine.id, bundleId, at)
    if (whole) evidence(bundleId, 'excerpt.log', fingerprint.padEnd(64, '0').slice(0, 64), bug.whole.length)
    if (each % 50_000 === 49_999) {
      db.exec('commit; begin')
      process.stderr.write(`\r${each + 1} of ${reports} reports`)
    }
  }
  db.exec('commit')
  process.stderr.write('\ncounts …\n')
  count(db)
  db.exec('pragma journal_mode = wal')
  db.close()
  renameSync(work, target)
  return target
}

/** As count.ts makes them for one issue, for all at once. */
function count(db: DatabaseSync): void {
  for (const [facet, column] of Object.entries(countedFacets)) {
    db.exec(`insert into issue_facets (issue_id, facet, value, reports, first_seen, last_seen)
      select issue_id, '${facet}', ${column}, count(*), min(at), max(at) from reports
      where ${column} is not null group by issue_id, ${column}`)
  }
  db.exec(`insert into rollups (hour, issue_id, kind, release, reports)
    select at - at % ${HOUR}, issue_id, kind, coalesce(release, ''), count(*) from reports group by 1, 2, 3, 4`)
  for (const what of ['kind', 'release'])
    db.exec(`insert into hour_counts (what, hour, value, reports)
      select '${what}', hour, ${what}, sum(reports) from rollups group by hour, ${what}`)
  db.exec(`insert into half_day_counts (what, hour, value, reports)
    select what, hour - hour % ${HALF_DAY_MS} as half_day, value, sum(reports) from hour_counts group by what, half_day, value`)
  db.exec('insert or ignore into search_fingerprints select rowid, fingerprint from search')
  db.exec(`update issues set (reports, hosts, first_seen, last_seen) =
    (select count(*), count(distinct host_id), coalesce(min(at), first_seen), coalesce(max(at), last_seen)
      from reports where issue_id = issues.id)`)
  db.exec(`update hosts set (reports, first_seen, last_seen) =
    (select count(*), coalesce(min(at), first_seen), coalesce(max(at), last_seen) from reports where host_id = hosts.id)`)
  db.exec(`insert into release_boots (release, boots) select release, count(*) from hosts group by release`)
  db.exec(`insert into machine_boots (model, firmware, release, boots)
    select hardware, firmware, release, count(*) from hosts group by 1, 2, 3`)
  const set = db.prepare('insert into module_sets (hash, names) values (?, ?)')
  for (const [hash, names] of moduleSets.entries()) set.run(String(hash), names.join('\n'))
  const hosts = db.prepare('select modules, count(*) as hosts from hosts group by modules').all()
  const counts = new Map<string, number>()
  for (const row of hosts)
    for (const module of new Set(moduleSets[Number(row['modules'])]))
      counts.set(module, (counts.get(module) ?? 0) + Number(row['hosts']))
  const module = db.prepare('insert into module_hosts (module, hosts) values (?, ?)')
  for (const [name, count] of counts) module.run(name, count)
  db.exec('delete from issues where reports = 0')
}

function cumulative(weights: readonly number[]): Float64Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (const [index, weight] of weights.entries()) {
    sum += weight
    sums[index] = sum
  }
  return sums.map(each => each / sum)
}

/** The first whose sum is beyond. */
function chosen(sums: Float64Array, chance: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! < chance) low = middle + 1
    else high = middle
  }
  return low
}
