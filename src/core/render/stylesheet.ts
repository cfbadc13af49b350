// The look of a report, the same in the HTML file and on the page. Colours are variables, so that the page can offer a
// choice where the file follows the reader's system.

const light = `
  --ground: #fbfaf7; --raised: #ffffff; --sunken: #f3f1ec; --ink: #1d1f24; --soft: #5c6068; --faint: #6f737b;
  --rule: #dedad1; --accent: #b3391f; --mark: #ffe0d6; --chosen: #fff0ea; --link: #1f5fa8; --module: #0b6b74; --place: #2f6b34;
  --panic: #a8121d; --oops: #c2410c; --bug: #8b2f9c; --stall: #8a5a00; --oom: #a4326b; --hardware: #8f1d3f;
  --kept: #7d3c98;
  --warning: #7a6000; --user: #2c5aa0; --notice: #46707f;`

const dark = `
  --ground: #14161a; --raised: #1b1e23; --sunken: #101215; --ink: #e4e2dc; --soft: #a5a8ae; --faint: #8e9299;
  --rule: #31353c; --accent: #ff8a68; --mark: #54281c; --chosen: #35201a; --link: #8cbcf5; --module: #6fc7d0; --place: #93c98f;
  --panic: #ff6b6b; --oops: #ff8f5a; --bug: #d99be6; --stall: #e8b04b; --oom: #f18cbb; --hardware: #ff7d9c;
  --kept: #d3a4e8;
  --warning: #e0c64f; --user: #8db7f5; --notice: #93c0cf;`

/** Variables, both schemes; `data-theme` on the root chooses one against the system's. */
export const themeStyles = `
:root { color-scheme: light dark; ${light}
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${dark} } }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; ${dark} }
`

/** One report. */
export const reportStyles = `
[data-severity="panic"] { --tone: var(--panic); } [data-severity="oops"] { --tone: var(--oops); }
[data-severity="bug"] { --tone: var(--bug); } [data-severity="stall"] { --tone: var(--stall); }
[data-severity="oom"] { --tone: var(--oom); } [data-severity="hardware"] { --tone: var(--hardware); }
[data-severity="warning"] { --tone: var(--warning); } [data-severity="user"] { --tone: var(--user); }
[data-severity="notice"] { --tone: var(--notice); }
.report { min-width: 0; font: 0.875rem/1.5 var(--sans); color: var(--ink); overflow-wrap: anywhere; }
.report code, .report pre, .report dd, .report td, .report .code, .report .place, .report .module, .report .stack,
.report .modules, .report .context { font-family: var(--mono); font-size: 0.8125rem; }
.report header { margin: 0 0 1rem; }
.report .tags { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; margin: 0 0 0.375rem; align-items: baseline; }
.severity { color: var(--tone, var(--ink)); font: 700 0.6875rem/1.4 var(--sans); letter-spacing: 0.08em; text-transform: uppercase; }
.kind { color: var(--soft); font-size: 0.75rem; }
.fatal { color: var(--panic); font-size: 0.75rem; font-weight: 600; }
.report h2 { margin: 0; font: 650 1.3125rem/1.3 var(--sans); letter-spacing: -0.01em; text-wrap: balance; }
.why { margin: 0.375rem 0 0; color: var(--soft); font-size: 0.9375rem; }
.facts { margin: 0 0 1.25rem; display: grid; gap: 0.125rem 1rem; }
.facts > div, .flags > div { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: 0 0.75rem; }
.facts dt, .flags dt, .registers dt { color: var(--faint); font: 0.8125rem/1.5 var(--sans); }
.facts dd, .flags dd, .registers dd { margin: 0; }
.findings { list-style: none; margin: 0; padding: 0; } .findings > li { margin: 0 0 0.5rem; padding-left: 0.75rem; border-left: 3px solid var(--tone, var(--rule)); } .findings b { font-weight: 600; } .findings .extra { color: var(--soft); } .findings .next::before { content: '→ '; color: var(--tone, var(--soft)); }
.extra, .line { color: var(--faint); }
.line { font-size: 0.75rem; white-space: nowrap; }
.part { margin: 0 0 1.25rem; padding: 0.75rem 0 0; border-top: 1px solid var(--rule); min-width: 0; }
.part > h3, .part > summary { margin: 0 0 0.5rem; font: 600 0.8125rem/1.5 var(--sans); color: var(--ink); }
.part > summary { cursor: pointer; margin: 0; color: var(--soft); }
.part > summary:hover { color: var(--ink); }
.part[open] > summary { margin-bottom: 0.5rem; color: var(--ink); }
.part.warning { border-top: 0; padding: 0.625rem 0.875rem; background: var(--mark); border-radius: 4px; }
.part.warning .extra, .part.warning .line { color: inherit; }
.items { margin: 0; padding: 0; list-style: none; }
.items > li { padding: 0.0625rem 0; }
.frames { margin: 0; padding: 0; list-style: none; counter-reset: frame; }
.frames > li { padding: 0.0625rem 0 0.0625rem 2rem; position: relative; }
.frames > .frame:not(.guess, .inferred) { counter-increment: frame; }
.frames > .frame:not(.guess, .inferred)::before { content: counter(frame); position: absolute; left: 0; width: 1.375rem; text-align: right;
  color: var(--faint); font-size: 0.75em; line-height: 2; font-family: var(--mono); }
.frames > .guess { color: var(--faint); }
.frames > .inferred::before { content: "↷"; position: absolute; left: 0; width: 1.375rem; text-align: right; font-style: normal; }
.frames > .guess::before { content: "?"; position: absolute; left: 0; width: 1.375rem; text-align: right; font-family: var(--mono); font-size: 0.8125rem; line-height: 1.7; }
.frames > .inline { color: var(--soft); }
.frames > .blamed { background: var(--mark); box-shadow: inset 2px 0 0 var(--accent); }
.frames > .blamed code { font-weight: 700; } .frames .offset { font-weight: 400; }
.frames > li:not(.blamed) .offset { color: var(--faint); }
.frames > .blamed .offset, .frames > .blamed .module, .frames > .blamed .place, .frames > .blamed .line { color: var(--ink); }
.frames > li:not(.blamed) .module { color: var(--module); } .frames .module, .frames .place, .frames .extra { margin-left: 0.375rem; } .frames .extra { font-size: 0.75rem; }
.frames .module::before { content: "["; } .frames .module::after { content: "]"; }
.place { color: var(--place); }
.frames > li.guess .module, .frames > li.guess .offset, .frames > li.guess .place { color: inherit; }
.frames > .context { display: flex; align-items: center; gap: 0.75rem; margin: 0.375rem 0; color: var(--soft); font: 0.75rem/1.5 var(--sans); }
.frames > .context::after { content: ""; flex: 1; border-top: 1px dashed var(--rule); }
.scroll { overflow-x: auto; }
.report table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.report th { font: 500 0.75rem/1.5 var(--sans); color: var(--faint); text-align: left; white-space: nowrap; }
.report th, .report td { padding: 0.125rem 1.25rem 0.125rem 0; vertical-align: top; white-space: nowrap; overflow-wrap: normal; }
.report .right { text-align: right; }
.report tr.marked td { background: var(--mark); color: var(--ink); }
.report tr.marked td:first-child { box-shadow: -0.375rem 0 0 var(--mark), inset 2px 0 0 var(--accent); padding-left: 0.375rem; }
.registers { margin: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0 1.25rem; }
.registers > div { display: grid; grid-template-columns: 5.25rem minmax(0, 1fr); }
.registers .faulted dd { color: var(--accent); font-weight: 700; }
.flags { margin: 0.5rem 0 0; }
.code { margin: 0; word-spacing: 0.125em; }
.code mark { background: var(--mark); color: var(--accent); font-weight: 700; padding: 0 0.1875em; outline: 1px solid var(--accent); }
.instructions .bytes { color: var(--faint); }
.function .place td { color: var(--place); padding-top: 0.5rem; }
.function mark { background: var(--mark); color: inherit; }
.function .source td { color: var(--faint); white-space: pre; tab-size: 8; }
.source td { white-space: pre; tab-size: 8; }
.stack, .modules { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0 1rem; }
.stack.wide { display: block; }
.stack.wide .word { padding-left: 0.75rem; border-left: 2px solid var(--rule); }
.stack.wide .frame { margin: 0.5rem 0 0.125rem; } .stack.wide .frame.unsure b { font-weight: 400; color: var(--soft); }
.stack .meaning { color: var(--link); margin-left: 0.375rem; } .stack .return-address .meaning { color: var(--place); font-weight: 600; }
.stack .saved-register .meaning, .stack .saved-state .meaning { color: var(--kept); } .stack .frame-link .meaning { color: var(--module); }
.stack .code .meaning { color: var(--warning); } .stack .poison .meaning { color: var(--accent); font-weight: 600; }
.stack .local { color: var(--faint); } .stack .local .meaning, .stack .memory .meaning { color: inherit; }
.frames > .inferred { color: var(--soft); font-style: italic; } .frames > .variables { color: var(--soft); font-family: var(--mono); font-size: 0.75rem; }
.variable:not(:last-child)::after { content: ","; }
.taint { color: var(--warning); } .taint::before { content: "("; } .taint::after { content: ")"; }
.raw { margin: 0; padding: 0.75rem; background: var(--sunken); border-radius: 4px; overflow-x: auto; line-height: 1.45; tab-size: 8; overflow-wrap: normal; }
.fingerprint { margin: 0; font-size: 0.75rem; }
.report :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
`

/** The HTML file around the reports. */
export const pageStyles = `${themeStyles}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 0.875rem/1.5 var(--sans);
  display: grid; grid-template: "index reports" / minmax(15rem, 21rem) minmax(0, 1fr); }
nav { grid-area: index; padding: 1.5rem; border-right: 1px solid var(--rule); position: sticky; top: 0; height: 100vh; overflow-y: auto; }
main { grid-area: reports; min-width: 0; max-width: 78rem; padding: 1.5rem 2rem 4rem; }
nav h1 { margin: 0 0 0.5rem; font: 650 1.0625rem/1.3 var(--sans); }
nav a { color: inherit; text-decoration: none; } nav a:hover { text-decoration: underline; }
nav :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.counts { margin: 0 0 1rem; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0.125rem 0.875rem; }
.index { margin: 0; padding: 0; list-style: none; overflow-wrap: anywhere; }
.index > li { padding: 0.375rem 0 0.375rem 0.75rem; border-left: 3px solid var(--tone); margin-bottom: 0.375rem; }
.index .extra { display: block; font-size: 0.75rem; }
main > .report { padding: 0 0 2rem; margin: 0 0 2rem; border-bottom: 1px solid var(--rule); scroll-margin-top: 1.5rem; }
main > .report:last-child { border-bottom: 0; }
@media (max-width: 52rem) {
  body { display: flex; flex-direction: column; } nav { order: -1; position: static; height: auto; border: 0; padding-bottom: 0; }
  main { padding: 1.5rem; }
}
@media print {
  :root, :root:not([data-theme="light"]) { color-scheme: light; ${light} }
  body { display: block; background: none; } nav { position: static; height: auto; border: 0; }
  main { padding: 0; max-width: none; } main > .report { break-before: page; border: 0; }
  details::details-content { content-visibility: visible; display: block; }
  .scroll, .raw { overflow: visible; white-space: pre-wrap; } .frames > li, tr { break-inside: avoid; }
}
`
