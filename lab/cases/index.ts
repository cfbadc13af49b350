import type { Case } from './case.ts'
import { checks } from './checks.ts'
import { endings } from './endings.ts'
import { lkdtmCrashes } from './lkdtm.ts'
import { lockups } from './lockups.ts'
import { outOfMemory } from './memory.ts'
import { moduleContexts } from './module-contexts.ts'
import { moduleFaults } from './module-faults.ts'
import { nullRead } from './null-read.ts'
import { ordinaryWork } from './ordinary-work.ts'
import { policies } from './policies.ts'
import { failingPrograms } from './programs.ts'
import { storm } from './storm.ts'
import { sysrqCrash } from './sysrq-crash.ts'

export type { Case } from './case.ts'

export const cases: readonly Case[] = [
  nullRead,
  sysrqCrash,
  ...moduleFaults,
  ...moduleContexts,
  ...policies,
  ...lockups,
  ...outOfMemory,
  ...endings,
  ordinaryWork,
  ...failingPrograms,
  storm,
  ...lkdtmCrashes,
  ...checks,
]
