// The journal of the boot before: journalctl(1). Its last entries are written as long as journald runs, which is until the
// file systems are unmounted.

import { say } from '../../../core/say.ts'
import { abrupt, type Clue, type EvidenceRow, isOfScene, SLACK_MS } from '../clue.ts'
import { lastWords } from '../last-words.ts'

const LAST_ENTRIES = 2000

interface Entry {
  text: string
  wallMs: number
  kernel: boolean
}

export const journal: EvidenceRow = {
  name: 'journal',
  what: "journald's last entries of the boot before",
  look(scene) {
    const { system } = scene
    const args = ['-b', '-1', '-n', String(LAST_ENTRIES), '-o', 'json', '--no-pager', '-q']
    const asked = system.run('journalctl', args, 60_000)
    if (asked === undefined || asked.status !== 0) return []
    const entries = readEntries(asked.out)
    const last = entries.at(-1)
    if (last === undefined || !isOfScene(last.wallMs, scene)) return []
    const at = new Date(last.wallMs).toISOString()
    const text = entries.map(entry => entry.text).join('\n')
    const clues = lastWords(text, 'journalctl -b -1', at)
    if (clues.length > 0) return clues
    const gap = scene.bootedMs === undefined ? 0 : scene.bootedMs - last.wallMs
    const silent = gap > SLACK_MS ? say`, ${Math.round(gap / 60_000)} minutes before the next boot` : ''
    return [
      {
        says: abrupt,
        strength: 'strong',
        what: say`the journal breaks off in the middle of work${silent}`,
        from: 'journalctl -b -1',
        at,
      } satisfies Clue,
    ]
  },
}

/** `journalctl -o json`: MESSAGE is text, or bytes as numbers where it is no UTF-8. Lines that are no entry are passed over. */
export function readEntries(text: string): Entry[] {
  const found: Entry[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    try {
      const fields = JSON.parse(line) as Record<string, unknown>
      const { MESSAGE: message } = fields
      const body = Array.isArray(message) ? Buffer.from(message as number[]).toString('latin1') : String(message ?? '')
      const kernel = fields['_TRANSPORT'] === 'kernel'
      const name = String(fields['SYSLOG_IDENTIFIER'] ?? '')
      const text = kernel ? body : `${name}[${String(fields['_PID'] ?? '')}]: ${body}`
      found.push({ text: text.replaceAll('\n', ' '), wallMs: Number(fields['__REALTIME_TIMESTAMP']) / 1000, kernel })
    } catch {
      // Cut off by a limit of the output.
    }
  }
  return found
}
