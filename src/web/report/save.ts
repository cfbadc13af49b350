// Reports leave the page as files or through the clipboard.

import type { Report } from '../../core/model.ts'
import { renderHtml } from '../../core/render/html.ts'
import { renderJsonLine } from '../../core/render/json.ts'
import { renderMarkdown } from '../../core/render/markdown.ts'
import { copy, toClipboard } from '../shell/clipboard.ts'

function save(parts: string[], name: string, type: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has its own hold on the blob once it began.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export const saveJson = (reports: readonly Report[]): void =>
  save(reports.map(renderJsonLine), 'faultline.jsonl', 'application/jsonl')

export const saveHtml = (reports: readonly Report[]): void => save([renderHtml(reports)], 'faultline.html', 'text/html')

/** False when the browser does not let the page write to the clipboard. */
export const copyMarkdown = (report: Report): Promise<boolean> => toClipboard(renderMarkdown(report))

/** The same, with a word of how it went beside the page. */
export function sayCopied(report: Report | undefined): void {
  if (report !== undefined) void copy(renderMarkdown(report))
}
