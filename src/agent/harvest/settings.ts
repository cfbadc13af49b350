// How a machine's remains are collected: section [Harvest] of the configuration, which `faultline recover` takes as options.

import type { Config } from '../config/keys.ts'

export type HarvestSettings = Config['harvest']
