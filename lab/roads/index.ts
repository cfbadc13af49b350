import { agent, agentReboot } from './agent.ts'
import { agentNetconsole } from './agent-netconsole.ts'
import { efi } from './efi.ts'
import { erst, erstImage } from './erst.ts'
import { mtdoops } from './flash.ts'
import { inside } from './inside.ts'
import { kdump } from './kdump.ts'
import { kmsg, procKmsg, syslog } from './live.ts'
import { netconsole, netconsoleExtended } from './netconsole.ts'
import { nvram } from './nvram.ts'
import { pstoreBlk, pstoreBlkImage } from './pstore-blk.ts'
import {
  ramoops,
  ramoopsConsole,
  ramoopsPlainEcc,
  ramoopsRegion,
  ramoopsRegionConsole,
  ramoopsRegionPlain,
  ramoopsRegionPlainEcc,
} from './ramoops.ts'
import type { Road } from './road.ts'
import { serial } from './serial.ts'
import { vmcore, vmcoreKdump } from './vmcore.ts'

export type { Evidence, FinishedBoot, Group, OpenRoad, Remains, Road } from './road.ts'

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
  ramoopsConsole,
  ramoopsRegionConsole,
  erst,
  erstImage,
  efi,
  pstoreBlk,
  pstoreBlkImage,
  mtdoops,
  nvram,
  vmcore,
  vmcoreKdump,
  kdump,
  inside,
  agent,
  agentReboot,
  agentNetconsole,
]

/** A road that is too costly for every case, for cases that do not ask for it themselves. */
export function askedFor({ asked: _, ...road }: Road): Road {
  return road
}

export type RoadName = string
