// All of faultline.conf. To add a section: its file in sections/, a line here.

import type { ConfigOf, Section } from './key.ts'
import { collectSection } from './sections/collect.ts'
import { eventsSection } from './sections/events.ts'
import { harvestSection } from './sections/harvest.ts'
import { routesSection } from './sections/routes.ts'
import { serverSection } from './sections/server.ts'
import { spoolSection } from './sections/spool.ts'
import { watchSection } from './sections/watch.ts'

export const sections = [
  watchSection,
  spoolSection,
  collectSection,
  eventsSection,
  harvestSection,
  routesSection,
  serverSection,
] as const satisfies readonly Section[]

/** The configuration in force: config.spool.maxSize. Sizes are bytes, durations ms. */
export type Config = ConfigOf<typeof sections>

export const propertyOf = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
