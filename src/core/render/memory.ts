// Out of memory, as a person asks for it: who asked, who died, what limited, who used most, how far below its marks
// each zone was.

import type { Memory } from '../model.ts'
import { say } from '../say.ts'
import type { Fact } from './headline.ts'
import type { Row, Table } from './table.ts'
import { columnWords, kibibytes } from './wording.ts'

type Cell = string | number | boolean
type Cells = Readonly<Record<string, Cell>>

/** Rows of the task table that are shown; the biggest ones tell the story. */
const topTasks = 10

/** mm/oom_kill.c, oom_constraint_text. */
const constraintWords: Record<string, string> = {
  CONSTRAINT_NONE: say`the whole machine ran out of memory`,
  CONSTRAINT_CPUSET: say`the nodes of a cpuset ran out of memory`,
  CONSTRAINT_MEMORY_POLICY: say`the nodes of a memory policy ran out of memory`,
  CONSTRAINT_MEMCG: say`a memory cgroup reached its limit`,
}

export function memoryFacts(memory: Memory): Fact[] {
  const facts: Fact[] = []
  const { order, mode, gfp, constraint, oomCgroup, cgroup, victim } = memory
  if (victim !== undefined) facts.push({ label: 'killed', ...victimWords(victim) })
  if (order !== undefined || mode !== undefined) {
    const flags = gfp !== undefined && gfp.length > 0 ? gfp.join('|') : mode
    const pages =
      order === undefined
        ? say`memory`
        : order <= 0
          ? say`one page (order 0)`
          : say`2^${order} pages in a row (order ${order})`
    facts.push(
      flags === undefined ? { label: 'asked for', value: pages } : { label: 'asked for', value: pages, extra: flags },
    )
  }
  if (constraint !== undefined) facts.push({ label: 'why', value: constraintWords[constraint] ?? constraint })
  if (oomCgroup !== undefined) facts.push({ label: 'limit of', value: oomCgroup })
  if (cgroup !== undefined && cgroup !== oomCgroup) facts.push({ label: 'task in', value: cgroup })
  return facts
}

function victimWords(victim: Cells): Omit<Fact, 'label'> {
  const { comm, pid, ...rest } = victim
  const value = [comm, pid === undefined ? undefined : `pid ${pid}`].filter(part => part !== undefined).join(', ')
  const extra = Object.entries(rest)
    .map(([key, cell]) => `${columnWords(key)} ${cellText(key, cell)}`)
    .join(', ')
  return extra === '' ? { value } : { value, extra }
}

export function memoryTables(memory: Memory): { id: string; essential: boolean; table: Table }[] {
  const tables: { id: string; essential: boolean; table: Table }[] = []
  const add = (id: string, essential: boolean, table: Table | undefined): void => {
    if (table !== undefined) tables.push({ id, essential, table })
  }
  add('memory-tasks', true, taskTable(memory))
  add('memory-limits', true, recordTable(say`Limits`, memory.limits))
  add('memory-zones', true, zoneTable(memory.zones))
  add('memory-totals', false, totalsTable(memory.totals))
  add('memory-nodes', false, nodeTable(memory.nodes))
  add('memory-free-lists', false, freeListTable(memory.freeLists))
  return tables
}

/** The biggest by resident set, the victim marked. */
function taskTable({ tasks, victim }: Memory): Table | undefined {
  if (tasks === undefined || tasks.length === 0) return undefined
  const sizeKey = Object.keys(tasks[0] ?? {}).find(key => /^rss/i.test(key))
  const size = (task: Cells): number => (sizeKey === undefined ? 0 : Number(task[sizeKey] ?? 0))
  const sorted = [...tasks].sort((a, b) => size(b) - size(a))
  const isVictim = (task: Cells): boolean => victim !== undefined && task['pid'] === victim['pid']
  const shown = sorted.filter((task, index) => index < topTasks || isVictim(task)).map(inOrder)
  const table = recordTable(say`Tasks by memory`, shown)
  if (table === undefined) return undefined
  table.rows = table.rows.map((row, index): Row => (isVictim(shown[index] ?? {}) ? { ...row, marked: true } : row))
  const hidden = tasks.length - shown.length
  return hidden > 0 ? { ...table, hidden } : table
}

/** What a reader looks for first stands left; a thread group that is the process itself says nothing. */
function inOrder({ pid, comm, tgid, ...rest }: Cells): Cells {
  return {
    ...(pid === undefined ? {} : { pid }),
    ...(comm === undefined ? {} : { comm }),
    ...(tgid === undefined || tgid === pid ? {} : { tgid }),
    ...rest,
  }
}

/** Zones with their watermarks side by side: free against min, low and high (mm/page_alloc.c, zone_watermark_ok). */
function zoneTable(zones: Memory['zones']): Table | undefined {
  if (zones === undefined || zones.length === 0) return undefined
  const first = ['node', 'zone', 'freeKb', 'boostKb', 'minKb', 'lowKb', 'highKb', 'managedKb', 'presentKb']
  const narrowed = zones.map(zone => {
    const picked = first.filter(key => zone[key] !== undefined)
    return Object.fromEntries((picked.length >= 3 ? picked : Object.keys(zone)).map(key => [key, zone[key] ?? '']))
  })
  const table = recordTable(say`Zones`, narrowed)
  if (table === undefined) return undefined
  table.rows = table.rows.map((row, index): Row => {
    const { freeKb, minKb } = zones[index] ?? {}
    return typeof freeKb === 'number' && typeof minKb === 'number' && freeKb < minKb ? { ...row, marked: true } : row
  })
  return table
}

/** A table of records: a column for each key that any of them has, in the order of first sight. */
function recordTable(caption: string, records: readonly Cells[] | undefined): Table | undefined {
  if (records === undefined || records.length === 0) return undefined
  const keys = [...new Set(records.flatMap(record => Object.keys(record)))]
  const numeric = (key: string): boolean => records.every(record => typeof (record[key] ?? 0) === 'number')
  return {
    caption,
    columns: keys.map(key => ({ title: columnWords(key), align: numeric(key) ? 'right' : 'left' })),
    rows: records.map(record => ({ cells: keys.map(key => cellText(key, record[key])) })),
  }
}

/** Counters downwards; those at zero share one row. */
function countersTable(caption: string, columns: readonly string[], counters: [string, string[]][]): Table {
  const zero = counters.filter(([, cells]) => cells.every(isNothing))
  const rows = counters
    .filter(([, cells]) => !cells.every(isNothing))
    .map(([name, cells]) => ({ cells: [name, ...cells] }))
  if (zero.length > 0)
    rows.push({ cells: [zero.length === 1 ? say`1 other` : say`${zero.length} others`, ...columns.map(() => '0')] })
  return {
    caption,
    columns: [{ title: 'counter', align: 'left' }, ...columns.map(title => ({ title, align: 'right' as const }))],
    rows,
  }
}

const isNothing = (cell: string): boolean => /^(?:0(?: KiB)?|no|)$/.test(cell)

function totalsTable(totals: Memory['totals']): Table | undefined {
  if (totals === undefined || Object.keys(totals).length === 0) return undefined
  const counters = Object.entries(totals).map(([key, value]): [string, string[]] => [
    columnWords(key),
    [cellText(key, value)],
  ])
  return countersTable(say`Totals`, ['value'], counters)
}

/** One column a node: a node has some twenty counters, a machine few nodes. */
function nodeTable(nodes: Memory['nodes']): Table | undefined {
  if (nodes === undefined || nodes.length === 0) return undefined
  const keys = [...new Set(nodes.flatMap(node => Object.keys(node)))].filter(key => key !== 'node')
  const titles = nodes.map((node, index) => `node ${node['node'] ?? index}`)
  const counters = keys.map((key): [string, string[]] => [
    columnWords(key),
    nodes.map(node => cellText(key, node[key])),
  ])
  return countersTable(say`Nodes`, titles, counters)
}

function freeListTable(lists: Memory['freeLists']): Table | undefined {
  if (lists === undefined || lists.length === 0) return undefined
  const sizes = [...new Set(lists.flatMap(list => Object.keys(list.blocks)))].sort(
    (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
  )
  const title = (size: string): string => (/^\d+$/.test(size) ? kibibytes(Number(size)) : size)
  return {
    caption: say`Free blocks by size`,
    columns: [
      { title: 'node', align: 'right' },
      { title: 'zone', align: 'left' },
      ...sizes.map(size => ({ title: title(size), align: 'right' as const })),
      { title: 'total', align: 'right' },
    ],
    rows: lists.map(({ node, zone, blocks, totalKb }) => ({
      cells: [String(node), zone, ...sizes.map(size => String(blocks[size] ?? 0)), kibibytes(totalKb)],
    })),
  }
}

/** The unit of a number stands at the end of its key. */
function cellText(key: string, cell: Cell | undefined): string {
  if (cell === undefined) return ''
  if (typeof cell !== 'number') return cell === true ? 'yes' : cell === false ? 'no' : cell
  if (key.endsWith('Kb')) return kibibytes(cell)
  if (key.endsWith('Bytes')) return kibibytes(cell / 1024)
  return String(cell)
}
