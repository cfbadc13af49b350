// Files that syslogd or busybox keeps: what stands before the last boot's first line.

import { say } from '../../../core/say.ts'
import { abrupt, type Clue, type EvidenceRow, isOfScene } from '../clue.ts'
import { lastWords } from '../last-words.ts'

const files = [
  '/var/log/kern.log',
  '/var/log/syslog',
  '/var/log/messages',
  '/var/log/kern.log.1',
  '/var/log/syslog.1',
  '/var/log/messages.1',
]

/** So much of a file's end is looked at: this boot's own lines must leave something of the one before. */
const TAIL_BYTES = 8 * 1024 * 1024
const BEFORE_BYTES = 512 * 1024

// init/main.c, start_kernel(): the first line of every boot
const bootLine = /^.*\bLinux version \d+\.\d+.*$/gm

export const logFiles: EvidenceRow = {
  name: 'log files',
  what: '/var/log/kern.log, syslog and messages, before the last line “Linux version”',
  look(scene) {
    const clues: Clue[] = []
    for (const file of files) {
      const facts = scene.system.facts(file)
      if (facts?.kind !== 'file' || facts.sizeBytes === 0) continue
      const text = new TextDecoder().decode(scene.system.tail(file, TAIL_BYTES))
      const at = [...text.matchAll(bootLine)].at(-1)?.index
      // Without a line of this boot the file's last line must be of the boot that ended.
      if (at === undefined && !isOfScene(facts.modifiedMs, { ...scene, beganMs: undefined })) continue
      if (at === 0) continue
      const before = text.slice(Math.max(0, (at ?? text.length) - BEFORE_BYTES), at ?? text.length).trimEnd()
      if (before === '') continue
      const found = lastWords(before, file)
      clues.push(...found)
      if (found.length === 0) {
        clues.push({ says: abrupt, strength: 'weak', what: say`the log breaks off without a shutdown`, from: file })
      }
    }
    return clues
  },
}
