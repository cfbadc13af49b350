// PostgreSQL as an engine of the server's store, and a server of it for tests: Debian's, in a folder that goes with it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PostgresDialect, type QueryExecutorProvider, sql } from 'kysely'
import pg from 'pg'
import type { Engine } from '../src/server/store/store.ts'
import { type TextIndex, wordsOf } from '../src/server/store/text-index.ts'
import { ensurePrograms } from '../tools/install.mjs'

/** bigint, and numeric, which sums of it are: all that the store counts are whole numbers below 2^53. */
for (const type of [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]) pg.types.setTypeParser(type, Number)

/** One connection: the server is one process, and does one transaction at a time. */
export const postgresEngine = (host: string, database: string) => (): Engine => ({
  dialect: new PostgresDialect({ pool: new pg.Pool({ host, database, user: 'postgres', max: 1 }) }),
  textIndex: postgresTextIndex,
})

/** Words as those of SQLite's index: names of functions stay whole. */
const lexemes = (text: string): string[] => [...new Set((text.match(/[\p{L}\p{N}_]+/gu) ?? []).map(fold))]
const fold = (word: string): string => word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').slice(0, 500)
const MAX_TEXT = 64 * 1024

const postgresTextIndex = (db: QueryExecutorProvider): TextIndex => ({
  prepare: async () => {
    await sql`create table if not exists search (fingerprint text primary key, words tsvector not null)`.execute(db)
    await sql`create index if not exists search_words on search using gin (words)`.execute(db)
  },
  add: async (tx, fingerprint, title, text) => {
    const words = lexemes(`${title}\n${text.slice(0, MAX_TEXT)}`)
    await sql`insert into search (fingerprint, words) values (${fingerprint}, array_to_tsvector(${words}))
      on conflict do nothing`.execute(tx)
  },
  remove: async (tx, fingerprint) => {
    await sql`delete from search where fingerprint = ${fingerprint}`.execute(tx)
  },
  matching: words => {
    const all = wordsOf(words).map(fold)
    if (all.length === 0) return undefined
    const query = all.map((word, index) => `'${word}'${index === all.length - 1 ? ':*' : ''}`).join(' & ')
    return sql<string>`(select fingerprint from search where words @@ ${query}::tsquery)`
  },
})

export class PostgresServer {
  /** the folder of its socket */
  readonly host: string
  readonly #child: ChildProcess

  private constructor(folder: string, child: ChildProcess) {
    this.host = folder
    this.#child = child
  }

  /** A message where there is none to be had. */
  static async start(): Promise<PostgresServer | string> {
    ensurePrograms({ pg_ctlcluster: 'postgresql' })
    const programs = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
    const [uid, gid] = ['-u', '-g'].map(what =>
      Number(spawnSync('id', [what, 'postgres'], { encoding: 'utf8' }).stdout),
    )
    if (programs === undefined || !(uid! > 0)) return 'PostgreSQL is not installed'
    if (process.getuid?.() !== 0) return 'PostgreSQL runs as a user of its own, which only root can become'
    const folder = mkdtempSync(join(tmpdir(), 'faultline-postgres-'))
    chownSync(folder, uid!, gid!)
    const as = { uid: uid!, gid: gid!, cwd: folder }
    const data = join(folder, 'data')
    const made = spawnSync(
      join(programs, 'initdb'),
      ['-D', data, '-A', 'trust', '-U', 'postgres', '--locale=C', '-E', 'UTF8'],
      { ...as, encoding: 'utf8' },
    )
    if (made.status !== 0) return `initdb: ${made.stderr}`
    const child = spawn(join(programs, 'postgres'), ['-D', data, '-k', folder, '-h', ''], { ...as, stdio: 'ignore' })
    const server = new PostgresServer(folder, child)
    for (let tried = 0; tried < 100; tried++) {
      const ready = spawnSync(join(programs, 'pg_isready'), ['-q', '-h', folder], as)
      if (ready.status === 0) return server
      await sleep(100)
    }
    await server.close()
    return 'PostgreSQL does not start'
  }

  async database(name: string): Promise<string> {
    const client = new pg.Client({ host: this.host, database: 'postgres', user: 'postgres' })
    await client.connect()
    await client.query(`create database ${name}`)
    await client.end()
    return name
  }

  async close(): Promise<void> {
    this.#child.kill('SIGINT')
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    rmSync(this.host, { recursive: true, force: true })
  }
}
