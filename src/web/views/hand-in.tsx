// Logs, images and files of pstore, handed to the server: it files what is in them.

import { createSignal } from 'solid-js'
import { request } from '../api/client.ts'
import { t } from '../i18n/index.ts'
import { go } from '../router.ts'
import { wordsOf } from '../shell/failed.tsx'
import { say } from '../shell/toasts.tsx'
import { FileButton } from './file-button.tsx'

interface TakenLog {
  reports: { reportId: string }[]
}

/** One after the other; says what became of them, and leads to the first report. */
export async function handIn(logs: Iterable<Blob>): Promise<void> {
  const ids: string[] = []
  const problems: string[] = []
  for (const log of logs) {
    try {
      const answer = await request('POST', '/api/v1/logs', new Blob([log], { type: 'application/octet-stream' }))
      ids.push(...((await answer.json()) as TakenLog).reports.map(({ reportId }) => reportId))
    } catch (error) {
      const name = log instanceof File ? `${log.name}: ` : ''
      problems.push(name + wordsOf(error))
    }
  }
  // One that has nothing in it does not hold up the others.
  for (const problem of problems) say(problem, { tone: 'problem' })
  const [first] = ids
  if (first === undefined) return
  say(t().handIn.filed(ids.length), { action: { label: t().handIn.show, run: () => go(`/reports/${first}`) } })
}

export function HandIn(props: { label: string; class?: string }) {
  const [working, setWorking] = createSignal(false)
  const take = async (files: Iterable<File>): Promise<void> => {
    setWorking(true)
    await handIn([...files])
    setWorking(false)
  }
  return <FileButton class={props.class ?? ''} label={props.label} disabled={working()} onFiles={take} />
}
