// Physical lines → kernel records, whatever brought them here.

import type { LogRecord, RawLine } from '../model.ts'
import { hasControls, splitAtReturns, withoutControls } from './controls.ts'
import { Draft } from './draft.ts'
import { layersFor } from './layers/index.ts'
import { unescapeKmsg } from './layers/kmsg.ts'
import type { StreamMemory } from './layers/layer.ts'
import { unescapeSyslog } from './layers/syslog.ts'
import { findStampInside } from './stamp-inside.ts'

/** Deeper nesting than this is text. */
const MAX_LAYERS = 12

/** A console that is slower than the log says how much it left out. kernel/printk/printk.c, console_emit_next_record(). */
const droppedNotice = /\*\* (\d{1,10}) printk messages (?:dropped|suppressed) \*\* ?/y

/**
 * State machine without I/O. Each line is freed from its layers, outermost first, until none fits; what is left is the
 * kernel's text. Records come out in input order but for the reorderings that a transport demands.
 */
export class LogReader {
  readonly #draft = new Draft()
  readonly #memory: StreamMemory = { hosts: new Set(), sequence: undefined, outermost: '' }
  /** of the last record that had a prefix; lines without one continue it */
  #lastCaller: string | undefined
  #lastCpu: number | undefined
  #lastLevel: number | undefined
  #lost = 0
  /** bytes that are no part of any record: marks of the transport itself */
  noiseBytes = 0

  push(line: RawLine): LogRecord[] {
    const out: LogRecord[] = []
    this.#readLine(line, out)
    return out
  }

  flush(): LogRecord[] {
    return []
  }

  #readLine(line: RawLine, out: LogRecord[]): void {
    if (!hasControls(line.text)) {
      this.#readText(line.text, line, out)
      return
    }
    for (const part of splitAtReturns(line.text)) {
      const text = withoutControls(part)
      if (text !== '') this.#readText(text, line, out)
    }
  }

  #readText(text: string, line: RawLine, out: LogRecord[]): void {
    const draft = this.#draft
    let rest = text
    for (let torn = false; ; ) {
      draft.clear()
      const at = this.#peel(rest)
      const transport = this.#transport
      const inside = findStampInside(rest, at)
      this.#emit(inside < 0 ? rest.slice(at) : rest.slice(at, inside), line, transport, torn || inside >= 0, out)
      if (inside < 0) return
      rest = rest.slice(inside)
      torn = true
    }
  }

  #transport = ''

  /** Position after all layers. */
  #peel(text: string): number {
    const draft = this.#draft
    let at = 0
    let depth = -1
    let transport = ''
    for (let count = 0; count < MAX_LAYERS; count++) {
      let next = -1
      for (const layer of layersFor(text.charCodeAt(at))) {
        if (layer.depth < depth && layer.anywhere === undefined) continue
        if (layer.depth === depth && layer.repeats === undefined && layer.anywhere === undefined) continue
        next = layer.peel(text, at, draft, this.#memory)
        if (next < 0) continue
        if (layer.anywhere === undefined) depth = layer.depth
        transport = transport === '' ? layer.name : transport + '+' + layer.name
        break
      }
      if (next < 0) break
      at = next
    }
    this.#transport = transport
    return at
  }

  #emit(text: string, line: RawLine, transport: string, torn: boolean, out: LogRecord[]): void {
    const draft = this.#draft
    if (torn) draft.addDamage('stamp-inside')
    if (draft.escaping !== undefined) {
      const plain = draft.escaping === 'kmsg' ? unescapeKmsg(text) : unescapeSyslog(text)
      if (plain !== text) {
        for (const part of plain.split(/[\n\r]+/)) out.push(draft.finish(withoutControls(part), line, transport))
        return
      }
    }
    if (text.charCodeAt(0) === 0x2a /* * */) {
      droppedNotice.lastIndex = 0
      const found = droppedNotice.exec(text)
      if (found !== null && droppedNotice.lastIndex === text.length) {
        this.#lost += Number(found[1])
        this.noiseBytes += line.span.end - line.span.start
        return
      }
    }
    if (transport === '') {
      if (this.#lastCaller !== undefined) draft.caller = this.#lastCaller
      if (this.#lastCpu !== undefined) draft.cpu = this.#lastCpu
      if (this.#lastLevel !== undefined) draft.level = this.#lastLevel
    } else {
      this.#lastCaller = draft.caller
      this.#lastCpu = draft.cpu
      this.#lastLevel = draft.level
    }
    if (this.#lost > 0) {
      draft.lostBefore = (draft.lostBefore ?? 0) + this.#lost
      this.#lost = 0
    }
    out.push(draft.finish(text, line, transport === '' ? 'plain' : transport))
  }
}
