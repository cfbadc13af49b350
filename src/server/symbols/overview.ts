// What symbols there are, and which releases lack them.

import type { z } from 'zod'
import type { symbolObjectsSchema, symbolsSchema } from '../api/symbol-schemas.ts'
import type { Database } from '../store/store.ts'

const MAX_FILES = 500
const MAX_RELEASES = 100
const MAX_MISSING = 50
const MAX_OBJECTS = 10_000

export async function symbolsOverview(db: Database): Promise<z.input<typeof symbolsSchema>> {
  const files = await db.selectFrom('symbol_files').selectAll().orderBy('id', 'desc').limit(MAX_FILES).execute()
  const counts = await db
    .selectFrom('symbol_objects')
    .select(each => ['file_id', each.fn.countAll<number>().as('count')])
    .groupBy('file_id')
    .execute()
  const objects = new Map(counts.map(({ file_id, count }) => [file_id, count]))
  return {
    files: files.map(file => ({
      id: file.id,
      name: file.name,
      sizeBytes: file.size_bytes,
      receivedAt: file.received_at,
      actor: file.actor,
      state: file.state,
      ...(file.kind === null ? {} : { kind: file.kind }),
      ...(file.release === null ? {} : { release: file.release }),
      ...(file.problem === null ? {} : { problem: file.problem }),
      objects: objects.get(file.id) ?? 0,
    })),
    coverage: await coverageOf(db, files, objects),
  }
}

async function coverageOf(
  db: Database,
  files: readonly { id: string; release: string | null }[],
  objects: ReadonlyMap<string, number>,
): Promise<z.input<typeof symbolsSchema>['coverage']> {
  const releases = await db
    .selectFrom('issue_facets')
    .select(each => ['value as release', each.fn.sum<number>('reports').as('reports')])
    .where('facet', '=', 'release')
    .groupBy('value')
    .orderBy('reports', 'desc')
    .orderBy('value')
    .limit(MAX_RELEASES)
    .execute()
  const names = releases.map(({ release }) => release)
  if (names.length === 0) return []
  const looked = await db.selectFrom('symbol_releases').selectAll().where('release', 'in', names).execute()
  const missing = await db
    .selectFrom('symbol_missing')
    .selectAll()
    .where('release', 'in', names)
    .orderBy('frames', 'desc')
    .orderBy('name')
    .limit(MAX_RELEASES * MAX_MISSING)
    .execute()
  return releases.map(({ release, reports }) => {
    const state = looked.find(each => each.release === release)
    const has = files.reduce((sum, each) => sum + (each.release === release ? (objects.get(each.id) ?? 0) : 0), 0)
    return {
      release,
      reports,
      looked: state?.looked ?? 0,
      placed: state?.placed ?? 0,
      has,
      missing: missing
        .filter(each => each.release === release)
        .slice(0, MAX_MISSING)
        .map(({ name, build_id, frames }) => ({
          name,
          ...(build_id === '' ? {} : { buildId: build_id }),
          reports: frames,
        })),
    }
  })
}

export async function symbolObjects(db: Database, id: string): Promise<z.input<typeof symbolObjectsSchema>> {
  const rows = await db
    .selectFrom('symbol_objects')
    .select(['name', 'build_id'])
    .where('file_id', '=', id)
    .orderBy('name')
    .limit(MAX_OBJECTS)
    .execute()
  return { objects: rows.map(({ name, build_id }) => ({ name, ...(build_id === '' ? {} : { buildId: build_id }) })) }
}
