// Where decoded reports go: one sink for each form of output, all fed one report at a time.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Report } from '../core/model.ts'
import { HtmlPage } from '../core/render/html.ts'
import { renderJsonLine } from '../core/render/json.ts'
import { renderMarkdown } from '../core/render/markdown.ts'
import { renderSummary } from '../core/render/summary.ts'
import { renderTerminal, type TerminalView } from '../core/render/terminal.ts'
import { Trouble } from './exit.ts'
import type { Terminal } from './terminal.ts'

export interface Sink {
  report(report: Report): Promise<void>
  /** All inputs are read. */
  end(): Promise<void>
  /** Nothing more will come and what is there shall not stay. */
  abandon?(): Promise<void>
}

/** What is wrong and what to do, for the errors a user can cause. errno(3). */
function writeProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return writeProblems[code] ?? (error instanceof Error ? error.message : String(error))
}

const writeProblems: Partial<Record<string, string>> = {
  ENOENT: 'its folder does not exist. Create it, or choose another.',
  ENOTDIR: 'a part of its path is not a folder. Choose another name.',
  EISDIR: 'it is a directory. Add a file name.',
  EACCES: 'no permission. Choose a folder that you may write to.',
  EPERM: 'not permitted. Choose another folder.',
  ENOSPC: 'no space is left on the device. Free some, or choose another place.',
  EDQUOT: 'the quota is used up. Free some space, or choose another place.',
  EROFS: 'the file system is read-only. Choose another place.',
}

const nothing = async (): Promise<void> => {}

export const jsonSink = (terminal: Terminal): Sink => ({
  report: report => terminal.print(renderJsonLine(report)),
  end: nothing,
})

export const summarySink = (terminal: Terminal, view: TerminalView): Sink => ({
  report: report => terminal.print(`${renderSummary(report, view)}\n`),
  end: nothing,
})

/** Reports on the terminal with an empty line between them. */
export function textSink(terminal: Terminal, view: TerminalView): Sink {
  let first = true
  return {
    report: async report => {
      await terminal.print((first ? '' : '\n') + renderTerminal(report, view))
      first = false
    },
    end: nothing,
  }
}

export function markdownSink(terminal: Terminal): Sink {
  let first = true
  return {
    report: async report => {
      await terminal.print((first ? '' : '\n---\n\n') + renderMarkdown(report))
      first = false
    },
    end: nothing,
  }
}

/** One page in one file. Written beside its name and renamed at the end, so a page that is there is whole. */
export async function htmlSink(path: string, terminal: Terminal): Promise<Sink> {
  const page = new HtmlPage()
  if (path === '-') {
    await terminal.print(page.begin())
    return { report: report => terminal.print(page.report(report)), end: () => terminal.print(page.end()) }
  }
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  const stream = createWriteStream(draft, { flags: 'wx', mode: 0o644 })
  const fail = (error: unknown): never => {
    throw new Trouble(`${path}: cannot be written: ${writeProblem(error)}`)
  }
  await once(stream, 'open').catch(fail)
  let broken: unknown
  stream.on('error', error => {
    broken = error
  })
  const write = async (text: string): Promise<void> => {
    if (broken !== undefined) fail(broken)
    if (!stream.write(text)) await once(stream, 'drain').catch(fail)
  }
  await write(page.begin())
  let count = 0
  return {
    report: report => {
      count++
      return write(page.report(report))
    },
    end: async () => {
      await write(page.end())
      stream.end()
      await once(stream, 'close').catch(fail)
      if (broken !== undefined) fail(broken)
      await rename(draft, path).catch(fail)
      terminal.complain(`wrote ${path}: ${count} ${count === 1 ? 'report' : 'reports'}`)
    },
    abandon: async () => {
      stream.destroy()
      await rm(draft, { force: true })
    },
  }
}
