// Full text over the reports: one entry for each fingerprint, with the words of the first report that had it, so that a
// million reports of twenty thousand bugs are twenty thousand entries.

import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely'

export interface TextIndex {
  /** Makes what it needs where it is not there yet. */
  prepare(): Promise<void>
  /** In the transaction of `db`. A fingerprint that is there stays as it is. */
  add(db: QueryExecutorProvider, fingerprint: string, title: string, text: string): Promise<void>
  /** Nothing finds it any more. */
  remove(db: QueryExecutorProvider, fingerprint: string): Promise<void>
  /** A subquery of the fingerprints whose text has all these words; undefined where the text has no word in it. */
  matching(words: string): RawBuilder<string> | undefined
}

/** Text beyond it is not searched. */
export const MAX_TEXT = 64 * 1024
/** Words of a search beyond it are not looked for. */
const MAX_WORDS = 32

/** Words as FTS5's tokenizer unicode61 makes them with "_" as a letter: names of functions stay whole. */
export const wordsOf = (text: string): string[] => (text.match(/[\p{L}\p{N}_]+/gu) ?? []).slice(0, MAX_WORDS)

/**
 * FTS5 of SQLite, https://sqlite.org/fts5.html. The last word may be the beginning of one. The fingerprints stand in a table
 * of their own by the number of their entry: beside the texts, thousands of them would be read from as many pages.
 */
export const sqliteTextIndex = (db: QueryExecutorProvider): TextIndex => ({
  prepare: async () => {
    await sql`create virtual table if not exists search using fts5(
      fingerprint unindexed, title, body, tokenize = "unicode61 tokenchars '_'", prefix = '3 5')`.execute(db)
    const { rows } = await sql`select name from sqlite_master where name = 'search_fingerprints'`.execute(db)
    if (rows.length > 0) return
    await sql`create table search_fingerprints (entry integer primary key, fingerprint text not null unique)`.execute(
      db,
    )
    await sql`insert or ignore into search_fingerprints select rowid, fingerprint from search`.execute(db)
  },
  add: async (tx, fingerprint, title, text) => {
    const { rows } = await sql<{ entry: number }>`insert into search_fingerprints (fingerprint) values (${fingerprint})
      on conflict do nothing returning entry`.execute(tx)
    const [fresh] = rows
    if (fresh === undefined) return
    await sql`insert into search (rowid, fingerprint, title, body)
      values (${fresh.entry}, ${fingerprint}, ${title}, ${text.slice(0, MAX_TEXT)})`.execute(tx)
  },
  remove: async (tx, fingerprint) => {
    const { rows } = await sql<{ entry: number }>`delete from search_fingerprints where fingerprint = ${fingerprint}
      returning entry`.execute(tx)
    for (const { entry } of rows) await sql`delete from search where rowid = ${entry}`.execute(tx)
  },
  matching: words => {
    const all = wordsOf(words)
    if (all.length === 0) return undefined
    // Each word in quotes is a string to FTS5 and never an operator.
    const query = all.map((word, index) => `"${word}"${index === all.length - 1 ? '*' : ''}`).join(' ')
    return sql<string>`(select fingerprint from search_fingerprints where entry in
      (select rowid from search where search match ${query}))`
  },
})
