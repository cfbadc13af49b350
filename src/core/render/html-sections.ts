// The parts of a report in HTML, one function for each form. The class names are those of stylesheet.ts.

import type { CodeView } from './code.ts'
import type { FunctionLine } from './function.ts'
import type { Fact } from './headline.ts'
import { html, type Markup } from './markup.ts'
import type { FindingView, ListItem, ModuleView, Section, SourceView } from './outline.ts'
import type { RegisterView } from './registers.ts'
import type { StackView } from './stack.ts'
import type { Table } from './table.ts'
import { frameClass, type TraceLine } from './traces.ts'
import { assignment } from './variables.ts'

/** One section with its heading; what is not essential is folded. */
export function sectionMarkup(section: Section): Markup {
  const body = bodyOf(section)
  if (section.essential) {
    const tone = section.form === 'list' && section.tone === 'warning' ? 'part warning' : 'part'
    return html`<section class="${tone}"><h3>${section.title}</h3>${body}</section>\n`
  }
  return html`<details class="part"><summary>${section.title}</summary>${body}</details>\n`
}

function bodyOf(section: Section): Markup {
  switch (section.form) {
    case 'list':
      return list(section.items)
    case 'findings':
      return findingList(section.findings)
    case 'facts':
      return factList(section.facts)
    case 'table':
      return table(section.table)
    case 'trace':
      return trace(section.lines)
    case 'registers':
      return registers(section.view)
    case 'code':
      return code(section.view)
    case 'source':
      return source(section.view)
    case 'function':
      return functionListing(section.view)
    case 'stack':
      return stack(section.view)
    case 'modules':
      return modules(section.modules, section.lastUnloaded)
  }
}

export const factList = (facts: readonly Fact[]): Markup =>
  html`<dl class="facts">${facts.map(
    ({ label, value, extra }) =>
      html`<div><dt>${label}</dt><dd>${value}${extra !== undefined && html` <span class="extra">${extra}</span>`}</dd></div>`,
  )}</dl>`

const list = (items: readonly ListItem[]): Markup =>
  html`<ul class="items">${items.map(
    ({ text, detail, lines }) =>
      html`<li>${text}${detail !== undefined && html`<span class="extra">: ${detail}</span>`}${
        lines !== undefined && lines.length > 0 && html` <span class="line">line ${lines.join(', ')}</span>`
      }</li>`,
  )}</ul>`

const findingList = (findings: readonly FindingView[]): Markup =>
  html`<ul class="findings">${findings.map(
    ({ text, confidence, because, next, lines }) =>
      html`<li><b>${text}</b><div class="extra">${confidence}: ${because}${
        lines.length > 0 && html` <span class="line">line ${lines.join(', ')}</span>`
      }</div>${next !== undefined && html`<div class="next">${next}</div>`}</li>`,
  )}</ul>`

function table({ columns, rows, hidden }: Table): Markup {
  const heads = columns.map(({ title, align }) => html`<th scope="col" class="${align}">${title}</th>`)
  const body = rows.map(
    ({ cells, marked }) =>
      html`<tr class="${marked ? 'marked' : ''}">${cells.map(
        (cell, at) => html`<td class="${columns[at]?.align ?? 'left'}">${cell}</td>`,
      )}</tr>`,
  )
  const rest = hidden !== undefined && html`<p class="extra">… ${hidden} more</p>`
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>${rest}`
}

const trace = (lines: readonly TraceLine[]): Markup => html`<ol class="frames">${lines.map(traceLine)}</ol>`

function traceLine(line: TraceLine): Markup {
  if (line.kind === 'context') return html`<li class="context">${line.text}</li>`
  if (line.kind === 'inline') {
    return html`<li class="inline"><code>${line.name}</code> <span class="place">${line.place}</span> <span class="extra">inlined</span></li>`
  }
  if (line.kind === 'variables') {
    const items = line.variables.map(
      each =>
        html`<span class="variable" title="${[each.type, each.where].filter(part => part !== undefined).join(', ')}">${assignment(each)}</span> `,
    )
    return html`<li class="variables">${items}</li>`
  }
  const plus = line.name.lastIndexOf('+0x')
  const [symbol, offset] = plus <= 0 ? [line.name, ''] : [line.name.slice(0, plus), line.name.slice(plus)]
  const rest = [
    line.module !== undefined && html` <span class="module">${line.module}</span>`,
    line.place !== undefined && html` <span class="place">${line.place}</span>`,
    line.returnTo !== undefined && html` <span class="extra">${line.returnTo}</span>`,
    line.inferred !== undefined && html` <span class="extra">not printed: ${line.inferred}</span>`,
    line.weight !== undefined && html` <span class="extra">${line.weight}</span>`,
  ].filter(part => part !== false)
  return html`<li class="${frameClass(line)}"><code>${symbol}<span class="offset">${offset}</span></code>${rest}</li>`
}

function registers({ values }: RegisterView): Markup {
  const cells = values.map(
    ({ name, digits, faulted }) =>
      html`<div class="${faulted ? 'faulted' : ''}"><dt>${name}</dt><dd>${digits}</dd></div>`,
  )
  const flags = values
    .filter(({ decoded }) => decoded !== undefined)
    .map(({ name, decoded = [] }) => html`<div><dt>${name}</dt><dd>${decoded.join(' · ')}</dd></div>`)
  return html`<dl class="registers">${cells}</dl>${flags.length > 0 && html`<dl class="flags">${flags}</dl>`}`
}

function code({ units, faultIndex, instructions, raw, place }: CodeView): Markup {
  const lines = instructions.map(
    ({ address, bytes, text, fault }) =>
      html`<tr class="${fault ? 'marked' : ''}"><td>${address}</td><td class="bytes">${bytes}</td><td>${text}</td></tr>`,
  )
  const bytes = units.map((unit, at) => (at === faultIndex ? html`<mark>${unit}</mark> ` : html`${unit} `))
  return html`${place !== undefined && html`<p class="place">${place}</p>`}${
    lines.length > 0 && html`<div class="scroll" tabindex="0"><table class="instructions">${lines}</table></div>`
  }${raw !== undefined && html`<p class="extra">${raw}</p>`}${units.length > 0 && html`<p class="code">${bytes}</p>`}`
}

function source({ place, lines }: SourceView): Markup {
  const rows = lines.map(
    ({ number, text, marked }) =>
      html`<tr class="${marked ? 'marked' : ''}"><td class="bytes">${String(number)}</td><td>${text}</td></tr>`,
  )
  return html`<p class="place">${place}</p><div class="scroll" tabindex="0"><table class="instructions source">${rows}</table></div>`
}

function functionListing(view: readonly FunctionLine[]): Markup {
  const rows = view.map(line => {
    if (line.kind !== 'instruction') return html`<tr class="${line.kind}"><td colspan="3">${line.text}</td></tr>`
    const { at, bytes, text, fault, printed } = line
    const other = printed !== undefined && html` <mark>in the log: ${printed}</mark>`
    return html`<tr class="${fault ? 'marked' : ''}"><td>${at}</td><td class="bytes">${bytes}</td><td>${text}${other}</td></tr>`
  })
  return html`<div class="scroll" tabindex="0"><table class="instructions function">${rows}</table></div>`
}

function stack({ rows, wide }: StackView): Markup {
  const lines = rows.map(row =>
    row.row === 'frame'
      ? html`<li class="${row.unsure ? 'frame unsure' : 'frame'}"><b>${row.name}</b> <span class="extra">${row.detail}</span></li>`
      : html`<li class="${`word ${row.kind ?? ''}`.trim()}">${
          row.address !== undefined && html`<span class="extra">${row.address}</span> `
        }${row.value}${row.meaning !== undefined && html` <span class="meaning">${row.meaning}</span>`}</li>`,
  )
  return html`<ul class="${wide ? 'stack wide' : 'stack'}">${lines}</ul>`
}

const modules = (views: readonly ModuleView[], lastUnloaded: string | undefined): Markup =>
  html`<ul class="modules">${views.map(
    ({ name, taint }) => html`<li>${name}${taint !== undefined && html`<span class="taint">${taint}</span>`}</li>`,
  )}</ul>${lastUnloaded !== undefined && html`<p class="extra">last unloaded: ${lastUnloaded}</p>`}`
