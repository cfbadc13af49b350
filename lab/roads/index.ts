import { inside } from './inside.ts'
import { kmsg, procKmsg, syslog } from './live.ts'
import { netconsole, netconsoleExtended } from './netconsole.ts'
import { ramoops, ramoopsPlainEcc, ramoopsRegion, ramoopsRegionPlain, ramoopsRegionPlainEcc } from './ramoops.ts'
import type { Road } from './road.ts'
import { serial } from './serial.ts'

export type { Evidence, FinishedBoot, OpenRoad, Remains, Road } from './road.ts'

export const roads: readonly Road[] = [
  serial,
  kmsg,
  procKmsg,
  syslog,
  netconsole,
  netconsoleExtended,
  ramoops,
  ramoopsRegion,
  ramoopsPlainEcc,
  ramoopsRegionPlainEcc,
  ramoopsRegionPlain,
  inside,
]

export type RoadName = string
