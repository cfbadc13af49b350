// Tasks: who runs, who waits, and where in the kernel.

import type { Collector } from '../collector.ts'

export const tasks: Collector = {
  name: 'ps',
  doc: 'all tasks with their state, and the kernel stacks of those that are blocked',
  // /proc/PID/stack: proc_pid_stack(5), root only. State D is an uninterruptible sleep. BusyBox has neither -e nor -o of ps.
  run: {
    script: `ps -eLo pid,tid,ppid,stat,cls,pri,psr,rss,vsz,wchan:32,etime,comm 2>/dev/null || ps -T -o pid,ppid,stat,vsz,rss,time,comm 2>/dev/null || ps
for task in /proc/[0-9]*/task/[0-9]*; do
  state=
  while read -r key value rest; do
    case $key in
      Name:) name=$value ;;
      State:) state=$value; break ;;
    esac
  done 2>/dev/null <"$task/status"
  [ "$state" = D ] || continue
  printf '\\n==> %s %s (%s) <==\\n' "\${task#/proc/}" "$name" "$state"
  cat "$task/wchan" 2>/dev/null && printf '\\n'
  cat "$task/stack" 2>/dev/null
done`,
  },
}

export const locks: Collector = {
  name: 'locks',
  doc: 'file locks, and where the kernel has it the state of lockdep',
  run: { files: ['/proc/locks', '/proc/lockdep_stats', '/proc/lock_stat'] },
}

export const scheduler: Collector = {
  name: 'scheduler',
  doc: 'run queues and timers',
  run: { files: ['/sys/kernel/debug/sched/debug', '/proc/sched_debug', '/proc/timer_list'] },
}
