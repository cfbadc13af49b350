import type { DrillRoad } from '../road.ts'
import { pstore, spool } from './kept.ts'
import { agent, journal, kernelVoice, kmsg, logFiles, syslogCall } from './log.ts'
import { consoles, netconsole } from './outward.ts'

export const drillRoads: readonly DrillRoad[] = [
  kmsg,
  kernelVoice,
  syslogCall,
  agent,
  spool,
  journal,
  logFiles,
  consoles,
  netconsole,
  pstore,
]
