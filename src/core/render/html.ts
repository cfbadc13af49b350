// Reports as one HTML file: nothing fetched, no script, light and dark, fit to print. Written report by report, so a
// page of thousands needs no more memory than one; the index therefore stands last in the file and first on the page.

import type { Report } from '../model.ts'
import { sourceText } from './headline.ts'
import { factList, sectionMarkup } from './html-sections.ts'
import { html, Markup } from './markup.ts'
import { outlineOf } from './outline.ts'
import { htmlSafe } from './safe.ts'
import { pageStyles, reportStyles } from './stylesheet.ts'
import { clip, counted, severityOrder } from './wording.ts'

/** Longer titles are cut in the index. */
const indexTitleCells = 140

interface Entry {
  title: string
  severity: Report['severity']
  where: string
}

/** begin(), one report() after the other, end(): the texts of a page in order. */
export class HtmlPage {
  readonly #entries: Entry[] = []

  begin(): string {
    // The policy is for whoever opens the file: even a mistake of ours could load and run nothing.
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Faultline">
<title>Kernel reports</title>
<style>${pageStyles}${reportStyles}</style>
</head>
<body>
<main>
`
  }

  report(report: Report): string {
    this.#entries.push({ title: report.title, severity: report.severity, where: sourceText(report) })
    return reportMarkup(report, `report-${this.#entries.length}`).text
  }

  end(): string {
    const entries = this.#entries
    const counts = severityOrder
      .map(severity => ({ severity, count: entries.filter(entry => entry.severity === severity).length }))
      .filter(({ count }) => count > 0)
    const summary = counts.map(
      ({ severity, count }) =>
        html`<li data-severity="${severity}"><span class="severity">${severity}</span> ${count}</li>`,
    )
    const items = entries.map(
      (
        { title, severity, where },
        index,
      ) => html`<li data-severity="${severity}"><a href="#report-${index + 1}">${clip(title, indexTitleCells)}</a> <span class="extra">${where}</span></li>
`,
    )
    const none = entries.length === 0 && html`<p class="why">No kernel exception was found.</p>`
    return html`</main>
<nav aria-label="Reports">
<h1>${counted(entries.length, 'kernel report')}</h1>
<ul class="counts">${summary}</ul>${none}
<ol class="index">
${items}</ol>
</nav>
</body>
</html>
`.text
  }
}

/** One report as an article. `id` is ours, not the log's. */
export function reportMarkup(report: Report, id: string): Markup {
  const { title, severity, kind, fatal, why, facts, sections } = outlineOf(report)
  return html`<article class="report" id="${id}" data-severity="${severity}">
<header>
<p class="tags"><span class="severity">${severity}</span> <span class="kind">${kind}</span>${fatal && html` <span class="fatal">fatal</span>`}</p>
<h2>${title}</h2>
${why !== undefined && html`<p class="why">${why}</p>\n`}</header>
${factList(facts)}
${sections.map(sectionMarkup)}<details class="part"><summary>Log, ${counted(report.lines.last - report.lines.first + 1, 'line')}</summary>${rawMarkup(report.text)}</details>
<p class="fingerprint extra">fingerprint ${report.fingerprint}</p>
</article>
`
}

/** A line break right after <pre> would be dropped by the parser (HTML Standard, "in body" insertion mode). */
const rawMarkup = (text: string): Markup => new Markup(`<pre class="raw" tabindex="0">\n${htmlSafe(text)}</pre>`)

/** A whole page at once. */
export function renderHtml(reports: Iterable<Report>): string {
  const page = new HtmlPage()
  let text = page.begin()
  for (const report of reports) text += page.report(report)
  return text + page.end()
}
