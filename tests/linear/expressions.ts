// All regular expressions of a folder: those written as literals, and those that only exist while the program runs.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Expression {
  source: string
  flags: string
  /** file:line, or where it was seen */
  where: string
}

/** Regular expression literals of TypeScript files, told from divisions by what stands before them. */
export function literalsIn(root: string, pattern: string): Expression[] {
  const found: Expression[] = []
  for (const file of globSync(pattern, { cwd: root }).sort()) {
    if (file.endsWith('.test.ts') || file.endsWith('.d.ts')) continue
    const text = readFileSync(join(root, file), 'utf8')
    for (const { source, flags, at } of literals(text)) {
      found.push({ source, flags, where: `${file}:${text.slice(0, at).split('\n').length}` })
    }
  }
  return found
}

const beforeExpression = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in|yield))\s*$/

function* literals(text: string): Iterable<{ source: string; flags: string; at: number }> {
  let templates = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '/' && text[at + 1] === '/') at = indexOrEnd(text, '\n', at)
    else if (letter === '/' && text[at + 1] === '*') at = indexOrEnd(text, '*/', at + 2) + 1
    else if (letter === "'" || letter === '"') at = endOfString(text, at + 1, letter)
    else if (letter === '`') {
      // The text of a template is skipped, what stands in ${} is read as code.
      at = endOfTemplate(text, at + 1)
      if (text[at] === '{') templates++
    } else if (letter === '}' && templates > 0 && text.indexOf('`', at) > 0 && closesTemplate(text, at)) {
      templates--
      at = endOfTemplate(text, at + 1)
      if (text[at] === '{') templates++
    } else if (letter === '/' && beforeExpression.test(text.slice(Math.max(0, at - 40), at))) {
      const end = endOfLiteral(text, at + 1)
      if (end < 0) continue
      const flags = /^[a-z]*/.exec(text.slice(end + 1, end + 9))![0]
      yield { source: text.slice(at + 1, end), flags, at }
      at = end + flags.length
    }
  }
}

const indexOrEnd = (text: string, part: string, from: number): number => {
  const at = text.indexOf(part, from)
  return at < 0 ? text.length : at
}

function endOfString(text: string, from: number, quote: string): number {
  let at = from
  for (; at < text.length && text[at] !== quote; at++) if (text[at] === '\\') at++
  return at
}

/** At the closing quote, or at the brace of `${`. */
function endOfTemplate(text: string, from: number): number {
  let at = from
  for (; at < text.length && text[at] !== '`'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '$' && text[at + 1] === '{') return at + 1
  }
  return at
}

/** A brace that ends `${…}`: our code has no blocks inside one, so it is the first brace on its line of that template. */
function closesTemplate(text: string, at: number): boolean {
  const open = text.lastIndexOf('${', at)
  return open >= 0 && !text.slice(open + 2, at).includes('{')
}

function endOfLiteral(text: string, from: number): number {
  let inClass = false
  for (let at = from; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) return at
  }
  return -1
}

/** Those that are used while `work` runs. */
export function usedDuring(work: () => void): Expression[] {
  const seen = new Map<string, Expression>()
  const prototype = RegExp.prototype
  const exec = prototype.exec
  prototype.exec = function (text) {
    const { source, flags } = this
    const key = `/${source}/${flags}`
    if (!seen.has(key)) seen.set(key, { source, flags, where: 'made while running' })
    return exec.call(this, text)
  }
  try {
    work()
  } finally {
    prototype.exec = exec
  }
  return [...seen.values()]
}
