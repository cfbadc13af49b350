import type { Case } from './case.ts'
import { nullRead } from './null-read.ts'
import { sysrqCrash } from './sysrq-crash.ts'

export type { Case } from './case.ts'

export const cases: readonly Case[] = [nullRead, sysrqCrash]
