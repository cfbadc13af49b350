// The built-in collectors, what changes fastest first. collector.ts says how to add one.

import { devices, interrupts, processors } from './builtin/hardware.ts'
import { commandLine, kernelConfig, modules, sysctls, taint, tracing } from './builtin/kernel.ts'
import { meminfo, slabinfo, vmstat } from './builtin/memory.ts'
import { journal, kernelLog, mounts, network } from './builtin/system.ts'
import { locks, scheduler, tasks } from './builtin/tasks.ts'
import type { Collector } from './collector.ts'

export const builtInCollectors: readonly Collector[] = [
  tasks,
  interrupts,
  meminfo,
  vmstat,
  slabinfo,
  modules,
  taint,
  commandLine,
  kernelLog,
  locks,
  network,
  processors,
  scheduler,
  tracing,
  kernelConfig,
  journal,
  devices,
  sysctls,
  mounts,
]
