// The tables of the OOM killer and of failed allocations, as numbers. mm/oom_kill.c dump_header(), dump_tasks(),
// oom_kill_process(); mm/show_mem.c (mm/page_alloc.c before 6.3) show_free_areas(); mm/memcontrol.c mem_cgroup_print_oom_*.

import type { Excerpt } from '../detect/event.ts'
import type { Memory } from '../model.ts'

/** Rows kept of the task table; a machine has more tasks than a reader has patience. */
const MAX_TASKS = 4096

const invoked = /gfp_mask=(?<mode>0x[0-9a-f]{1,16})(?:\((?<gfp>[^)]{0,800})\))?.{0,120}?order[=:](?<order>-?\d{1,9})/
const failure = /order:\s?(?<order>\d{1,9}),? ?mode:\s?(?<mode>0x[0-9a-f]{1,16})(?:\((?<gfp>[^)]{0,800})\))?/
const constraint = /^oom-kill:constraint=(?<constraint>\w+),(?<rest>.*)$/
const taskIn = /^Task in (?<cgroup>\S+) killed as a result of limit of (?<limit>\S+)/
// "[  136]     0   136    77342    76960   659456        0             0 stress" (columns named by the header line)
const taskHeader = /^\[ *pid *\]\s+(?<columns>.+)$/
const taskRow = /^\[ *(?<pid>\d{1,10})\] +(?<numbers>(?:-?\d{1,15} +)+)(?<name>\S.*)$/
const killed =
  /[Kk]ill(?:ed)? process (?<pid>\d{1,10}),? (?:UID:? (?<uid>\d{1,10}),? )?\((?<comm>.{1,64}?)\)\.?(?:,? (?<rest>.*))?$/
const sized = /(?<name>[a-z][\w-]{0,40}):(?<value>\d{1,15})(?<unit>kB|KB)?/g
const node = /^Node (?<node>\d{1,10}) (?:(?<zone>DMA32|DMA|Normal|HighMem|Movable|Device) )?(?<fields>.*:.*)$/
const oldZone = /^(?<zone>DMA32|DMA|Normal|HighMem|Movable) (?<fields>free:.*)$/
const freeList =
  /^(?:Node (?<node>\d{1,10}) )?(?<zone>DMA32|DMA|Normal|HighMem|Movable): (?<blocks>(?:\d+\*\d+kB(?: \([A-Z]*\))? ?)+)= (?<total>\d{1,15})kB/
const block = /(?<count>\d{1,12})\*(?<size>\d{1,12})kB/g
const cgroupUsage =
  /^(?<what>memory|memory\+swap|swap|kmem): usage (?<usage>\d{1,15})kB, limit (?<limit>\d{1,15})kB, failcnt (?<failcnt>\d{1,15})/
const counters = /^\s*(?:Mem-[Ii]nfo:?\s*)?(?:[a-z_]+:\d+ ?)+/

/** Numbers of an oom-kill or page-allocation report; undefined for other kinds. */
export function readMemory(excerpt: Excerpt): Memory | undefined {
  if (excerpt.row.kind !== 'oom-kill' && excerpt.row.kind !== 'page-allocation') return undefined
  const memory: Memory = {}
  let columns: string[] = []
  for (const line of excerpt.lines) {
    // Frames and registers hold none of it.
    if (line.item.is === 'frame' || line.item.is === 'mark') continue
    const text = line.record.text.trimStart()
    const request = memory.order === undefined ? (invoked.exec(text) ?? failure.exec(text)) : null
    if (request) addRequest(memory, request.groups!)
    const header = taskHeader.exec(text)
    if (header) {
      columns = header.groups!['columns']!.trim().split(/\s+/)
      continue
    }
    const task = columns.length > 0 ? taskRow.exec(text) : null
    if (task) {
      addTask(memory, columns, task.groups!)
      continue
    }
    if (text.includes('ill')) addVictim(memory, text)
    addConstraint(memory, text)
    addArea(memory, text)
  }
  return Object.keys(memory).length === 0 ? undefined : memory
}

function addRequest(memory: Memory, groups: Record<string, string | undefined>): void {
  memory.order = Number(groups['order'])
  memory.mode = groups['mode']!
  if (groups['gfp'] !== undefined) memory.gfp = groups['gfp'].split('|')
}

function addTask(memory: Memory, columns: readonly string[], groups: Record<string, string>): void {
  memory.tasks ??= []
  if (memory.tasks.length >= MAX_TASKS) return
  const task: Record<string, string | number> = { pid: Number(groups['pid']) }
  const numbers = groups['numbers']!.trim().split(/ +/)
  for (const [index, value] of numbers.entries()) {
    const name = columns[index]
    // columns count pages except pgtables_bytes
    if (name !== undefined && name !== 'name') task[pagesName(name)] = Number(value)
  }
  task['comm'] = groups['name']!
  memory.tasks.push(task)
}

const inPages = new Set(['total_vm', 'rss', 'rss_anon', 'rss_file', 'rss_shmem', 'swapents'])
const pagesName = (column: string): string => camel(column, inPages.has(column) ? 'Pages' : '')

/** The names of the kernel's counters, some two hundred; beyond, a damaged log's words. */
const MAX_NAMES = 1024
const camels = new Map<string, string>()

/** active_anon → activeAnon, and with a unit activeAnonKb. A log has the same few names over and over. */
function camel(name: string, unit = ''): string {
  const key = unit === '' ? name : `${name} ${unit}`
  let made = camels.get(key)
  if (made === undefined) {
    made = name.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase()) + unit
    if (camels.size < MAX_NAMES) camels.set(key, made)
  }
  return made
}

function addVictim(memory: Memory, text: string): void {
  const match = killed.exec(text)
  if (!match) return
  const victim: Record<string, string | number> = { ...memory.victim }
  victim['pid'] = Number(match.groups!['pid'])
  victim['comm'] = match.groups!['comm']!
  for (const field of (match.groups!['rest'] ?? '').matchAll(sized)) {
    const { name, value, unit } = field.groups!
    if (name === 'UID') victim['uid'] = Number(value)
    else victim[camel(name!, unit === undefined ? '' : 'Kb')] = Number(value)
  }
  const uid = /UID:(\d{1,10})/.exec(text)
  if (uid) victim['uid'] = Number(uid[1])
  const score = /score (\d{1,10})/.exec(text)
  if (score) victim['score'] = Number(score[1])
  memory.victim = victim
}

function addConstraint(memory: Memory, text: string): void {
  const match = constraint.exec(text)
  if (match) {
    memory.constraint = match.groups!['constraint']!
    for (const pair of match.groups!['rest']!.split(',')) {
      const [name, value] = pair.split('=', 2)
      if (value === undefined) continue
      if (name === 'oom_memcg') memory.oomCgroup = value
      else if (name === 'task_memcg') memory.cgroup = value
      else if (name === 'task') memory.victim = { ...memory.victim, comm: value }
      else if ((name === 'pid' || name === 'uid') && /^\d{1,10}$/.test(value))
        memory.victim = { ...memory.victim, [name]: Number(value) }
    }
    return
  }
  const old = taskIn.exec(text)
  if (old) {
    memory.cgroup = old.groups!['cgroup']!
    memory.oomCgroup = old.groups!['limit']!
    memory.constraint ??= 'CONSTRAINT_MEMCG'
  }
}

function addArea(memory: Memory, text: string): void {
  const usage = text.includes('failcnt') ? cgroupUsage.exec(text) : null
  if (usage) {
    const g = usage.groups!
    memory.limits ??= []
    memory.limits.push({
      what: g['what']!,
      usageKb: Number(g['usage']),
      limitKb: Number(g['limit']),
      failcnt: Number(g['failcnt']),
    })
    return
  }
  const free = text.includes('= ') ? freeList.exec(text) : null
  if (free) {
    const blocks: Record<string, number> = {}
    for (const one of free.groups!['blocks']!.matchAll(block))
      blocks[`${one.groups!['size']}kB`] = Number(one.groups!['count'])
    memory.freeLists ??= []
    memory.freeLists.push({
      node: Number(free.groups!['node'] ?? 0),
      zone: free.groups!['zone']!,
      blocks,
      totalKb: Number(free.groups!['total']),
    })
    return
  }
  const area = node.exec(text) ?? oldZone.exec(text)
  if (area) {
    const zone = area.groups!['zone']
    const values: Record<string, string | number> = { node: Number(area.groups!['node'] ?? 0) }
    if (zone !== undefined) values['zone'] = zone
    for (const [, name, value, unit] of area.groups!['fields']!.matchAll(sized))
      values[camel(name!, unit === undefined ? '' : 'Kb')] = Number(value)
    if (Object.keys(values).length < 3) return
    if (zone === undefined) memory.nodes = [...(memory.nodes ?? []), values]
    else memory.zones = [...(memory.zones ?? []), values]
    return
  }
  addTotals(memory, text)
}

function addTotals(memory: Memory, text: string): void {
  const single =
    /^(?<value>\d{1,15}) (?<name>total pagecache pages|pages in swap cache|pages RAM|pages HighMem\/MovableOnly|pages reserved|pages cma reserved|pages hwpoisoned|free pages|reserved pages|pages shared|pages swap cached)/.exec(
      text,
    )
  if (single) {
    memory.totals = {
      ...memory.totals,
      [camel(single.groups!['name']!.replace(/[^a-zA-Z]+/g, '_'))]: Number(single.groups!['value']),
    }
    return
  }
  const swap = /^(?<name>Free|Total) swap\s*[=:] ?(?<value>\d{1,15})kB/.exec(text)
  if (swap) {
    memory.totals = {
      ...memory.totals,
      [`${swap.groups!['name']!.toLowerCase()}SwapKb`]: Number(swap.groups!['value']),
    }
    return
  }
  if (!counters.test(text)) return
  const totals: Record<string, number> = { ...memory.totals }
  for (const field of text.matchAll(/([a-z_]{1,40}):(\d{1,15})(?!kB|\d)/g))
    totals[camel(field[1]!, 'Pages')] ??= Number(field[2])
  memory.totals = totals
}
