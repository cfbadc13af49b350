// Android's logcat: the log of user space, into which some devices also copy the kernel's.

import type { Draft } from '../draft.ts'
import { afterDigits, depths, isDigit, type Layer } from './layer.ts'
import { readStamp } from './printk.ts'

/** Priorities of liblog, android_LogPriority, as syslog severities. */
const severities: Record<string, number> = { V: 7, D: 7, I: 6, W: 4, E: 3, F: 2, S: 7 }

// 11-22 07:36:54.123  1234  1234 E KERNEL  : text     2026-11-22 07:36:54.123 +0000 1000 1234 1234 E KERNEL  : text
const threadtimePattern =
  /(?<wall>(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}(?: [+-]\d{4})?) +(?:[\w]{1,10} +)?(?<pid>\d{1,7}) +(?<tid>\d{1,7}) (?<level>[VDIWEFS]) (?<tag>[^\n]{0,80}?) *: ?/y
// 11-22 07:36:54.123 E/KERNEL  (    0): text
const timePattern =
  /(?<wall>(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}) (?<level>[VDIWEFS])\/(?<tag>[^\n]{0,80}?) *\( *(?<pid>\d{1,7})\): ?/y
// E/KERNEL  (    0): text     E/KERNEL: text
const briefPattern = /(?<level>[VDIWEFS])\/(?<tag>[^\s(:][^\n(:]{0,60}?) *(?:\( *(?<pid>\d{1,7})\))?: ?/y

/** `logcat -v threadtime` and `-v time`. system/logging/liblog/logprint.cpp, android_log_formatLogLine(). */
export const logcat: Layer = {
  name: 'logcat',
  depth: depths.collector,
  begins: '0123',
  peel(text, at, draft) {
    if (!isDigit(text.charCodeAt(at + 1))) return -1
    const year = text.charCodeAt(at + 4) === 0x2d ? 5 : 0
    if (text.charCodeAt(at + year + 2) !== 0x2d || text.charCodeAt(at + year + 5) !== 0x20) return -1
    if (text.charCodeAt(at + year + 14) !== 0x2e) return -1
    for (const pattern of [threadtimePattern, timePattern]) {
      pattern.lastIndex = at
      const found = pattern.exec(text)
      if (found !== null) return accept(text, pattern.lastIndex, found.groups!, draft)
    }
    return -1
  },
}

/** `logcat -v brief` and `-v tag`. */
export const logcatBrief: Layer = {
  name: 'logcat',
  depth: depths.collector,
  begins: 'VDIWEFS',
  peel(text, at, draft) {
    if (text.charCodeAt(at + 1) !== 0x2f) return -1
    briefPattern.lastIndex = at
    const found = briefPattern.exec(text)
    return found === null ? -1 : accept(text, briefPattern.lastIndex, found.groups!, draft)
  },
}

function accept(text: string, end: number, part: Record<string, string | undefined>, draft: Draft): number {
  const wall = part['wall']
  if (wall !== undefined) draft.wall = wall
  draft.level = severities[part['level']!]
  const tag = part['tag']!
  // The tag's padding and one space stand before the text; more belongs to it.
  if (tag.toLowerCase() === 'kernel' || kernelStampAt(text, end)) draft.fromKernel = true
  else {
    draft.tag = tag
    draft.userSpace = true
  }
  return end
}

function kernelStampAt(text: string, at: number): boolean {
  let i = at
  if (text.charCodeAt(i) === 0x3c) {
    i = afterDigits(text, i + 1, 3)
    if (text.charCodeAt(i++) !== 0x3e) return false
  }
  return text.charCodeAt(i) === 0x5b && readStamp(text, i) > 0
}

// [ 11-22 07:36:54.123  1234: 1234 I/KERNEL   ]
const longHeader =
  /\[ (?<wall>(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}) +(?<pid>\d{1,7}): *(?<tid>\d{1,7}) (?<level>[VDIWEFS])\/(?<tag>[^\n]{0,80}?) *\]$/y

/** The first line of an entry of `logcat -v long`: how to fill a draft from it, or undefined. */
export function readLongHeader(text: string, at: number): ((draft: Draft) => void) | undefined {
  if (text.charCodeAt(at) !== 0x5b || text.charCodeAt(at + 1) !== 0x20 || !isDigit(text.charCodeAt(at + 2)))
    return undefined
  longHeader.lastIndex = at
  const part = longHeader.exec(text)?.groups
  if (part === undefined) return undefined
  return draft => void accept('', 0, part, draft)
}
