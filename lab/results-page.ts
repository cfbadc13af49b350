// Verdicts as one HTML file that works offline.

import { html, type Markup } from '../src/core/render/markup.ts'
import { themeStyles } from '../src/core/render/stylesheet.ts'
import type { Results } from './matrix.ts'
import { failedCase } from './results-table.ts'
import type { CaseVerdict } from './run-case.ts'
import type { RoadVerdict } from './verdict.ts'

const words: Record<RoadVerdict['outcome'], string> = {
  right: 'right',
  wrong: 'wrong',
  lost: 'lost',
  'not-judged': '·',
}

const styles = `
body { margin: 0 auto; max-width: 80rem; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 0.875rem/1.5 var(--sans); }
h1 { font-size: 1.25rem; margin: 0 0 0.25rem; } h2 { font-size: 1rem; margin: 2rem 0 0.5rem; }
p { color: var(--soft); margin: 0 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.8125rem; }
th, td { border-bottom: 1px solid var(--rule); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--ground); color: var(--soft); font-weight: 600; }
.right { color: var(--place); } .wrong, .lost { color: var(--panic); font-weight: 700; } .not-judged { color: var(--faint); }
details { border: 1px solid var(--rule); border-radius: 0.375rem; background: var(--raised); margin: 0 0 0.5rem; padding: 0.5rem 0.75rem; }
summary { cursor: pointer; } summary b { font-weight: 600; }
ul { margin: 0.5rem 0; padding-left: 1.25rem; } code { font-family: var(--mono); overflow-wrap: anywhere; }
`

export function htmlOf(results: Results): string {
  const { verdicts, roads, seconds } = results
  const judged = verdicts.flatMap(each => each.roads).filter(({ outcome }) => outcome !== 'not-judged')
  const right = judged.filter(({ outcome }) => outcome === 'right').length
  const failed = verdicts.filter(failedCase)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Faultline's lab</title>
<style>${themeStyles}${styles}</style>
</head>
<body>
${
  html`<h1>Faultline's lab</h1>
<p>${right} of ${judged.length} captures right; ${failed.length} of ${verdicts.length} cases failed; ${Math.round(seconds)} s.
right: captured once and decoded as the case says. lost: nothing found on a road that should have it. ·: this road has
nothing to find of such a crash.</p>
<div class="scroll"><table>
<thead><tr><th>case</th><th>guest</th>${roads.map(road => html`<th>${road}</th>`)}<th>boot</th></tr></thead>
<tbody>${verdicts.map(verdict => row(verdict, roads))}</tbody>
</table></div>
<h2>What went wrong</h2>
${failed.length === 0 ? html`<p>Nothing.</p>` : failed.map(verdict => details(verdict, true))}
<h2>All cases</h2>
${verdicts.filter(verdict => !failedCase(verdict)).map(verdict => details(verdict, false))}`.text
}
</body>
</html>
`
}

function row(verdict: CaseVerdict, roads: readonly string[]): Markup {
  const { case: name, guest, bootSeconds, skipped } = verdict
  const boot = bootSeconds[0] === undefined ? '' : `${bootSeconds[0].toFixed(1)} s`
  const cells = roads.map(road => {
    const outcome = verdict.roads.find(each => each.road === road)?.outcome ?? 'not-judged'
    return html`<td class="${outcome}">${words[outcome]}</td>`
  })
  return html`<tr><th scope="row">${name}</th><td>${guest}</td>${
    skipped === undefined ? cells : html`<td colspan="${roads.length}" class="not-judged">not run: ${skipped}</td>`
  }<td>${boot}</td></tr>`
}

function details(verdict: CaseVerdict, open: boolean): Markup {
  const { case: name, guest, does, problems, folder, skipped } = verdict
  const judged = verdict.roads.filter(({ outcome }) => outcome !== 'not-judged')
  const opened = open ? html` open` : html``
  return html`<details${opened}><summary><b>${name}</b> on ${guest}: ${does}</summary>
<ul>
${skipped === undefined ? html`` : html`<li>not run: ${skipped}</li>`}
${problems.map(problem => html`<li class="wrong">${problem}</li>`)}
${judged.map(roadItem)}
${folder === undefined ? html`` : html`<li>log: <code>${folder}</code></li>`}
</ul></details>`
}

function roadItem({ road, outcome, problems, reports = [], survived }: RoadVerdict): Markup {
  const kept = survived === undefined ? '' : survived ? ', survived the reboot' : ', did not survive the reboot'
  return html`<li><span class="${outcome}">${words[outcome]}</span> ${road}${kept}<ul>
${problems.map(problem => html`<li class="wrong">${problem}</li>`)}
${reports.map(
  ({ kind, title, comm, fatal, frames }) =>
    html`<li>${kind}${fatal ? ', fatal' : ''}: <code>${title}</code>${comm === undefined ? '' : `, comm ${comm}`}<br>
<code>${frames.slice(0, 16).join(' < ')}</code></li>`,
)}</ul></li>`
}
