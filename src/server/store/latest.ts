// The latest of the ids by which it is told what happened.

import type { Database } from './store.ts'

/** Before all ids. */
const beginning = ''

/** The latest id that there is. */
export async function latestId(db: Database): Promise<string> {
  const ids = await Promise.all(
    (['reports', 'issue_history'] as const).map(table =>
      db
        .selectFrom(table)
        .select(each => each.fn.max<string | null>('id').as('id'))
        .executeTakeFirst(),
    ),
  )
  return ids.reduce((latest, row) => (row?.id != null && row.id > latest ? row.id : latest), beginning)
}
