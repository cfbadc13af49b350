// Lines as a judge compares them: what the transport put in front, and how wide the white space is, say nothing.

import type { Report } from '../../src/core/model.ts'

// [  445.803550] [     C15] irq 26: nobody cared      [    0.043841 ][    T0 ] EIP: string_nocheck+0x59/0xb0
const prefixes = [/^(?:kern|user) *: *[a-z]+ *: */, /^<\d{1,3}>/, /^\[ *\d+\.\d+ *\] ?/, /^\[ *[TC]\d+(?:@C\d+)? *\] ?/]

/** The message of a line as a corpus quotes it. */
export function messageOf(line: string): string {
  let message = line
  for (const prefix of prefixes) message = message.replace(prefix, '')
  return message.replace(/\s+/g, ' ').trim()
}

export function messagesOf(text: string): string[] {
  return text.split('\n').map(messageOf)
}

/** The report that a quoted line belongs to. */
export function reportWith(reports: readonly Report[], line: string): Report | undefined {
  const wanted = messageOf(line)
  return reports.find(report => messagesOf(report.text).includes(wanted))
}

/** The quoted lines that are not in the text; blank ones are no evidence. */
export function missingLines(quoted: string, text: string): string[] {
  const present = new Set(messagesOf(text))
  return messagesOf(quoted).filter(line => line !== '' && !present.has(line))
}

/** Reports of something that went wrong; notices (a restart, a key press of sysrq) are left out. */
export function exceptionsOf(reports: readonly Report[]): Report[] {
  return reports.filter(report => report.severity !== 'notice')
}

/** One line a report, for the failure lists. */
export function briefly(reports: readonly Report[]): string[] {
  return reports.map(report => `${report.kind} @${report.lines.first}-${report.lines.last} "${report.title}"`)
}
