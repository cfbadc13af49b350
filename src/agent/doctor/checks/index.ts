import type { Check } from '../check.ts'
import { kernelConfigChecks } from './kernel-config.ts'
import { printkChecks } from './printk.ts'
import { pstoreChecks } from './pstore.ts'
import { roadChecks } from './roads.ts'
import { stateChecks } from './state.ts'
import { sysctlChecks } from './sysctls.ts'

/** In the order in which they are shown. */
export const checks: readonly Check[] = [
  ...roadChecks,
  ...pstoreChecks,
  ...printkChecks,
  ...sysctlChecks,
  ...kernelConfigChecks,
  ...stateChecks,
]
