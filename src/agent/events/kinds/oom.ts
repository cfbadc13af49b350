import { readFileSync } from 'node:fs'
import { detailsOf, type EventKind, numberOf } from '../kind.ts'

/** The victim is still there when its mark is read, as a rule. */
function cgroupOf(pid: number): string | undefined {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'latin1').trim().split('\n')
    const line = lines.find(each => each.startsWith('0::')) ?? lines.find(each => each.includes(':memory:'))
    return line?.split(':').slice(2).join(':')
  } catch {
    return undefined
  }
}

/** include/trace/events/oom.h. The running task is the one that asked for memory; sizes came with 6.9 and its backports. */
// The module's word comes before a victim is looked for: the chain of what may free some memory instead.
export const oom: EventKind = {
  name: 'oom',
  what: 'a process chosen to be killed for memory, with its sizes, its cgroup and who asked; and when its memory is back',
  sources: [
    [
      {
        tracepoint: 'oom/mark_victim',
        tell: (record, { tasks, past }) => {
          const pid = numberOf(record, 'pid')
          const cgroup = past ? undefined : cgroupOf(pid)
          const comm = tasks.get(pid).comm
          return {
            details: {
              stage: 'chosen',
              ...(comm === undefined ? {} : { comm }),
              ...detailsOf(record, {
                pid: 'pid',
                comm: 'comm',
                uid: 'uid',
                totalVmKb: 'total_vm',
                anonRssKb: 'anon_rss',
                fileRssKb: 'file_rss',
                shmemRssKb: 'shmem_rss',
                pageTablesKb: 'pgtables',
                oomScoreAdj: 'oom_score_adj',
              }),
              ...(cgroup === undefined ? {} : { cgroup }),
            },
          }
        },
      },
    ],
    [
      {
        tracepoint: 'oom/finish_task_reaping',
        tell: record => ({ details: { stage: 'reaped', ...detailsOf(record, { pid: 'pid' }) } }),
      },
    ],
    [
      {
        tracepoint: 'oom/skip_task_reaping',
        tell: record => ({ details: { stage: 'not-reaped', ...detailsOf(record, { pid: 'pid' }) } }),
      },
    ],
    [{ announced: 'oom', tell: ({ sequence }) => ({ details: { stage: 'short', record: sequence } }) }],
  ],
}
