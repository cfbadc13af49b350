// Memory exhausted: the OOM killer and failed page allocations. mm/oom_kill.c, mm/page_alloc.c, mm/vmalloc.c, mm/slub.c.

import type { KindRow } from '../row.ts'

// "Killed process 123 (comm) total-vm:…" 2.6.3x…; "Out of memory: Killed process 123 (comm) total-vm:…kB, …" since 4.20;
// "Memory cgroup out of memory: Killed process …"; "Out of memory: Kill process 123 (comm) score 12 or sacrifice child"
// (Red Hat 6: "Killed process 2633, UID 51, (sendmail) total-vm:…"; a comm may hold blanks)
const victim =
  /^(?<scope>Out of memory|Out of Memory|Memory cgroup out of memory|Out of memory \(oom_kill_allocating_task\))?:? ?[Kk]ill(?:ed)? process (?<victimPid>\d+)(?:, UID:? \d+,?)?[,:]? \((?<victim>.{1,64}?)\)(?=[,. ]|$)/

/** Those who only pass the request on. */
const allocators =
  /^_*(?:k|kv|v|kz|kc|kmem_cache_|pcpu_|percpu_|sock_|sk_|dma_|cma_|mempool_)?[mcz]?alloc(?:_|$)|alloc_(?:pages?|skb|percpu|node|pskb|slab|coherent|send|from|flags)|_alloc$|page_frag|kmalloc|vmalloc|order|slab|kmem|cache_alloc|track_caller|warn_alloc|get_free_pages|get_zeroed_page|dma_direct|skb_page/

export const memoryKinds: readonly KindRow[] = [
  {
    kind: 'oom-kill',
    severity: 'oom',
    opens:
      /^(?:(?<comm>.{1,64}?) invoked oom-killer: |oom-killer: (?=gfp_mask=))(?:gfp_mask=(?<mode>0x[0-9a-f]+(?:\([^)]*\))?))?(?:.*? order=(?<order>-?\d+))?/,
    needles: ['oom-killer: '],
    title: ['{scope}: killed {victim}', 'Out of memory: killed {victim}', 'Out of memory'],
    details: [
      victim,
      /^(?<constraintLine>oom-kill:constraint=\S+)/,
      /^(?<memcg>Memory cgroup) (?:out of memory|stats for)/,
    ],
    trace: 'maybe',
    example:
      'stress invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0',
  },
  {
    // the head is lost, or a kernel that prints no more: 2.4 "Out of Memory: Killed process 123 (comm)."
    kind: 'oom-kill',
    severity: 'oom',
    opens: victim,
    needles: ['ill process ', 'illed process '],
    title: ['{scope}: killed {victim}', 'Out of memory: killed {victim}'],
    phase: 'aftermath',
    trace: 'never',
    line: true,
    example: 'Out of Memory: Killed process 1234 (httpd).',
  },
  {
    kind: 'oom-kill',
    severity: 'oom',
    opens: /^oom-kill:constraint=(?<constraint>\w+),.*?task=(?<victim>.{1,64}?),pid=(?<victimPid>\d+)/,
    needles: ['oom-kill:constraint='],
    title: 'Out of memory: killed {victim}',
    phase: 'aftermath',
    trace: 'never',
    example:
      'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=stress,pid=136,uid=0',
  },
  {
    kind: 'oom-kill',
    severity: 'oom',
    opens:
      /^(?:Out of memory and no killable processes|Memory cgroup out of memory: no killable|Tasks in (?<cgroup>\S+) are going to be killed due to memory\.oom\.group set|Task in (?<task>\S+) killed as a result of limit of|VM: killing process (?<victim>\S+))/,
    needles: ['no killable process', 'memory.oom.group', 'killed as a result', 'VM: killing process'],
    title: ['Out of memory: killed {victim}', 'Out of memory'],
    phase: 'aftermath',
    trace: 'maybe',
    example: 'Out of memory and no killable processes...',
  },
  {
    // drivers/staging/android/lowmemorykiller.c: "Killing 'x' (4121) (tgid 4121), adj 906,", old "send sigkill to 4121 (x), …"
    kind: 'oom-kill',
    severity: 'oom',
    opens:
      /^lowmemorykiller: (?:Killing '(?<victim>[^']{1,64})' \((?<victimPid>\d+)\)|send sigkill to \d+ \((?<sent>[^)]{1,64})\))/,
    needles: ['lowmemorykiller: '],
    title: ['Out of memory: killed {victim}', 'Out of memory: killed {sent}'],
    trace: 'never',
    more: /^(?:to free|cache |Free memory|Total |adj |GFP mask)/,
    line: true,
    example: "lowmemorykiller: Killing 'ndroid.settings' (4121) (tgid 4121), adj 906,",
  },
  {
    kind: 'page-allocation',
    severity: 'warning',
    opens:
      /^(?:warn_alloc: )?(?<comm>.{1,64}?): (?:page )?allocation (?:failure|stalls for \S+)(?:[:.,] (?:order:\s?(?<order>\d+))?)?,? ?(?:mode:\s?(?<mode>0x[0-9a-f]+(?:\([^)]*\))?))?/,
    needles: ['allocation failure', 'allocation stalls'],
    title: 'page allocation failure in {function}',
    culprit: {
      ways: [['trace'], ['frames']],
      skip: allocators,
    },
    trace: 'maybe',
    example: 'kworker/u4:4: page allocation failure: order:0, mode:0x40a20(GFP_ATOMIC|__GFP_COMP), nodemask=(null)',
  },
  {
    // 2.4: "__alloc_pages: 0-order allocation failed (gfp=0x20/0)"
    kind: 'page-allocation',
    severity: 'warning',
    opens:
      /^(?:__alloc_pages: (?<order>\d+)-order allocation failed|vmap allocation for size \d+ failed|(?:.{1,64}: )?vmalloc: allocation failure|(?:.{1,64}: )?vmalloc error: size \d+|allocation failed: out of vmalloc space|SL[AU]B: Unable to allocate memory on |cma: (?:\w+: ){1,3}alloc failed, req-size)/,
    needles: [
      '-order allocation failed',
      'vmap allocation',
      'allocation failure',
      'vmalloc error: ',
      'out of vmalloc space',
      'nable to allocate memory on',
      'alloc failed, req-size',
    ],
    title: ['page allocation failure in {function}'],
    culprit: { ways: [['trace'], ['frames']], skip: allocators },
    more: /^(?:cache: |node \d+: slabs)/,
    trace: 'maybe',
    confirm: true,
    example: '__alloc_pages: 0-order allocation failed (gfp=0x20/0)',
    also: ['cma: cma_alloc: alloc failed, req-size: 16 pages, ret: -12'],
  },
]
