// What was done to an issue: by whom, when, and what it needs to be undone.

import type { Kysely } from 'kysely'
import { say } from '../../core/say.ts'
import { changesOf } from '../store/changes.ts'
import { newId } from '../store/id.ts'
import type { IssueTable, Tables } from '../store/tables.ts'
import type { IssueKey } from './keys.ts'

export const actions = ['regressed', 'state', 'merge', 'split', 'move', 'undo'] as const
export type Action = (typeof actions)[number]

/** What somebody can set of an issue. */
export type Said = Pick<IssueTable, 'state' | 'fixed_in' | 'note' | 'merged_into'>

export interface Detail {
  /** the issues as they were, by id */
  before?: Record<string, Said>
  after?: Partial<Said>
  /** keys that went to another issue, and where they were */
  keys?: (IssueKey & { from: string })[]
  reports?: number
  release?: string | null
  reportId?: string
  /** the entry that this one undid */
  undid?: string
}

export interface Entry {
  issueId: string
  otherId?: string
  actor: string
  action: Action
  detail: Detail
}

/** Its id. Ids sort as the entries were made. */
export async function record(tx: Kysely<Tables>, entry: Entry, id: string = newId()): Promise<string> {
  const { issueId, otherId, actor, action, detail } = entry
  await tx
    .insertInto('issue_history')
    .values({
      id,
      issue_id: issueId,
      other_id: otherId ?? null,
      at: Date.now(),
      actor,
      action,
      detail: JSON.stringify(detail),
      undone_by: null,
    })
    .execute()
  changesOf(tx).issues = true
  return id
}

/** What somebody asked for that cannot be, in words. */
export class IssueError extends Error {
  readonly what: 'missing' | 'conflict' | 'malformed'
  constructor(what: IssueError['what'], message: string) {
    super(message)
    this.what = what
  }
}

/** Throws IssueError where there is none, or where it went into another. */
export async function openIssue(tx: Kysely<Tables>, id: string): Promise<IssueTable> {
  const issue = await tx.selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirst()
  if (issue === undefined) throw new IssueError('missing', say`there is no issue ${id}`)
  if (issue.merged_into !== null) {
    throw new IssueError(
      'conflict',
      say`issue ${id} was merged into ${issue.merged_into}; change that one, or undo the merge`,
    )
  }
  return issue
}

export const saidOf = ({ state, fixed_in, note, merged_into }: IssueTable): Said => ({
  state,
  fixed_in,
  note,
  merged_into,
})
