// How the store came to its present shape. To change it: a file beside this one with the next number, a place in the
// list. What was released is never changed.

import type { Migration, MigrationProvider } from 'kysely/migration'
import { first } from './001-first.ts'
import { releaseBoots } from './002-release-boots.ts'
import { machines } from './003-machines.ts'
import { access } from './004-access.ts'
import { alerts } from './005-alerts.ts'
import { retention } from './006-retention.ts'
import { hourCounts } from './008-hour-counts.ts'
import { symbols } from './009-symbols.ts'
import { counts } from './010-counts.ts'
import { machinesRan } from './011-machines-ran.ts'

const migrations: Record<string, Migration> = {
  '001-first': { up: first },
  '002-release-boots': { up: releaseBoots },
  '003-machines': { up: machines },
  '004-access': { up: access },
  '005-alerts': { up: alerts },
  '006-retention': { up: retention },
  '008-hour-counts': { up: hourCounts },
  '009-symbols': { up: symbols },
  '010-counts': { up: counts },
  '011-machines-ran': { up: machinesRan },
}

export const migrationProvider: MigrationProvider = { getMigrations: async () => migrations }
