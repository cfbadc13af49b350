// The parts of a report on a terminal, one function for each form. All text of the log passes terminalSafe here.

import type { CodeView } from './code.ts'
import type { FunctionLine } from './function.ts'
import type { Ink, Tone } from './ink.ts'
import type { FindingView, ListItem, ModuleView, Section, SourceView } from './outline.ts'
import type { RegisterView } from './registers.ts'
import { terminalSafe } from './safe.ts'
import type { StackRow, StackView, WordKind } from './stack.ts'
import type { Table } from './table.ts'
import { factLines, narrowest, wrap } from './terminal-facts.ts'
import type { TraceLine } from './traces.ts'
import { assignment, type VariableView } from './variables.ts'
import { cellsOf, clip, widest } from './wording.ts'

export interface Page {
  width: number
  verbose: boolean
  ink: Ink
}

const indent = '    '
/** Frames of one trace that are shown without --verbose; stack overflows print hundreds of the same. */
const frameBound = 48
/** Instructions on either side of the one that failed, without --verbose. */
const instructionsAround = 5
/** Module and place stand in columns unless a name is longer than this. */
const nameColumnCells = 44

export function sectionLines(section: Section, page: Page): string[] {
  switch (section.form) {
    case 'list':
      return section.items.map(item => listLine(item, page))
    case 'findings':
      return section.findings.flatMap(finding => findingLines(finding, page))
    case 'facts':
      return section.facts.flatMap(fact => factLines(fact, page.width - 2, page.ink).map(line => `  ${line}`))
    case 'table':
      return tableLines(section.table, page)
    case 'trace':
      return traceLines(section.lines, page)
    case 'registers':
      return registerLines(section.view, page)
    case 'code':
      return codeLines(section.view, page)
    case 'source':
      return sourceLines(section.view, page)
    case 'function':
      return functionLines(section.view, page)
    case 'stack':
      return stackLines(section.view, page)
    case 'modules':
      return moduleLines(section.modules, section.lastUnloaded, page)
  }
}

function listLine({ text, detail, lines }: ListItem, { ink }: Page): string {
  const where = lines === undefined || lines.length === 0 ? '' : ink('dim', `  line ${lines.join(', ')}`)
  const why = detail === undefined ? '' : ink('dim', `, ${terminalSafe(detail)}`)
  return `${indent}${terminalSafe(text)}${why}${where}`
}

function findingLines({ text, confidence, because, next, lines }: FindingView, { width, ink }: Page): string[] {
  const room = Math.max(narrowest, width) - indent.length
  const deeper = `${indent}  `
  const reasons = wrap(terminalSafe(`${confidence}: ${because}`), room - 2)
  if (lines.length > 0) {
    const where = `line ${lines.join(', ')}`
    const last = reasons.at(-1) ?? ''
    if (cellsOf(last) + 2 + where.length <= room - 2) reasons[reasons.length - 1] = `${last}  ${where}`
    else reasons.push(where)
  }
  return [
    ...wrap(terminalSafe(text), room).map(line => indent + line),
    ...reasons.map(line => deeper + ink('dim', line)),
    ...(next === undefined
      ? []
      : wrap(terminalSafe(next), room - 4).map((line, at) => `${deeper}${at === 0 ? '→' : ' '} ${line}`)),
  ]
}

function traceLines(lines: readonly TraceLine[], page: Page): string[] {
  const { ink, verbose } = page
  const bound = verbose ? lines.length : frameBound
  const shown = lines.filter(line => line.kind !== 'variables' || verbose || isTelling(line.variables)).slice(0, bound)
  // Only names with something to their right make the column.
  const names = shown.map(line =>
    line.kind === 'context' || line.kind === 'variables' || !hasMore(line) ? 0 : cellsOf(line.name),
  )
  const column = Math.min(nameColumnCells, widest(names))
  const text = shown.flatMap(line =>
    line.kind === 'variables' ? variableLines(line.variables, page) : [traceLine(line, column, ink)],
  )
  const left = lines.length - shown.length
  return left > 0 ? [...text, `${indent}${ink('dim', `… ${left} more frames with --verbose`)}`] : text
}

/** Without --verbose only values are shown. */
const isTelling = (variables: readonly VariableView[]): boolean => variables.some(({ value }) => value !== undefined)

function variableLines(variables: readonly VariableView[], { ink, verbose, width }: Page): string[] {
  const deeper = `${indent}    `
  const texts = variables.filter(({ value }) => verbose || value !== undefined).map(assignment)
  return wrap(texts.map(terminalSafe).join(', '), Math.max(narrowest, width) - deeper.length).map(
    line => deeper + ink('cyan', line),
  )
}

type NamedLine = Exclude<TraceLine, { kind: 'context' | 'variables' }>

const hasMore = (line: NamedLine): boolean =>
  line.place !== undefined || (line.kind === 'frame' && (line.module !== undefined || line.returnTo !== undefined))

function traceLine(line: Exclude<TraceLine, { kind: 'variables' }>, column: number, ink: Ink): string {
  if (line.kind === 'context') return `${indent}${ink('cyan', `── ${line.text} ${'─'.repeat(24)}`)}`
  const name = terminalSafe(line.name)
  const pad = ' '.repeat(Math.max(0, column - cellsOf(name)))
  if (line.kind === 'inline') {
    return `${indent}${ink('dim', `${name}${pad}  ${terminalSafe(line.place)}  inlined`)}`
  }
  const module = line.module === undefined ? '' : `[${terminalSafe(line.module)}]`
  const place = line.place === undefined ? '' : terminalSafe(line.place)
  const back = line.returnTo === undefined ? '' : `(${terminalSafe(line.returnTo)})`
  const rest = [module, place, back].filter(part => part !== '')
  const weight = line.weight === undefined ? '' : `  ${terminalSafe(line.weight)}`
  if (line.inferred !== undefined) {
    const parts = [name + (rest.length > 0 ? pad : ''), ...rest].join('  ')
    return `  ${ink('dim', `↷ ${parts}  not printed: ${terminalSafe(line.inferred)}`)}`
  }
  if (!line.reliable)
    return `  ${ink('dim', `? ${[name + (rest.length > 0 ? pad : ''), ...rest].join('  ')}${weight}`)}`
  const [symbol, offset] = splitOffset(name)
  const painted = [
    module === '' ? '' : ink('cyan', module),
    place === '' ? '' : ink('green', place),
    back === '' ? '' : ink('dim', back),
  ].filter(part => part !== '')
  const mark = line.blamed ? `  ${ink('red', '▸')} ` : indent
  return `${mark}${[(line.blamed ? ink('bold', symbol) : symbol) + ink('dim', offset) + (painted.length > 0 ? pad : ''), ...painted].join('  ')}`
}

/** The name stands out from its "+0x138/0x51a". */
function splitOffset(name: string): [string, string] {
  const plus = name.lastIndexOf('+0x')
  return plus <= 0 ? [name, ''] : [name.slice(0, plus), name.slice(plus)]
}

function tableLines({ columns, rows, hidden }: Table, { ink, width }: Page): string[] {
  const cells = rows.map(row => row.cells.map(terminalSafe))
  const heads = columns.map(column => terminalSafe(column.title))
  const widths = heads.map((head, at) => widest([cellsOf(head), ...cells.map(row => cellsOf(row[at] ?? ''))]))
  const side = (text: string, at: number): string => {
    const pad = ' '.repeat(Math.max(0, (widths[at] ?? 0) - cellsOf(text)))
    return columns[at]?.align === 'right' ? pad + text : text + pad
  }
  const line = (texts: readonly string[]): string => clip(texts.map(side).join('  ').trimEnd(), width - 6)
  const body = rows.map((row, at) => {
    const text = line(cells[at] ?? [])
    return row.marked ? `  ${ink('red', `▸ ${text}`)}` : indent + text
  })
  const rest = hidden === undefined ? [] : [`${indent}${ink('dim', `… ${hidden} more`)}`]
  return [indent + ink('dim', line(heads)), ...body, ...rest]
}

/** In as many columns as fit, names to the right of each, values under values. */
function registerLines({ values }: RegisterView, { ink, width }: Page): string[] {
  const cells = values.map(({ name, digits, faulted }) => ({
    name: terminalSafe(name),
    digits: terminalSafe(digits),
    faulted,
  }))
  const columnsOf = (across: number): { name: number; digits: number }[] =>
    Array.from({ length: across }, (_, column) => {
      const inColumn = cells.filter((_, index) => index % across === column)
      return {
        name: widest(inColumn.map(cell => cellsOf(cell.name))),
        digits: widest(inColumn.map(cell => cellsOf(cell.digits))),
      }
    })
  const fits = (across: number): boolean =>
    columnsOf(across).reduce((sum, column) => sum + column.name + column.digits + 4, 0) <= width - indent.length
  const across = [4, 3, 2].find(fits) ?? 1
  const columns = columnsOf(across)
  const lines: string[] = []
  for (let at = 0; at < cells.length; at += across) {
    const row = cells.slice(at, at + across).map(({ name, digits, faulted }, column) => {
      const widths = columns[column] ?? { name: 0, digits: 0 }
      const value = faulted ? ink('red', digits) : dimZeros(digits, ink)
      return `${' '.repeat(widths.name - cellsOf(name))}${ink('dim', name)} ${value}${' '.repeat(widths.digits - cellsOf(digits))}`
    })
    lines.push(indent + row.join('   ').trimEnd())
  }
  const flags = values.filter(({ decoded }) => decoded !== undefined)
  const column = widest(flags.map(({ name }) => cellsOf(terminalSafe(name))))
  for (const { name, decoded = [] } of flags) {
    const head = terminalSafe(name)
    const [first = '', ...rest] = wrap(decoded.map(terminalSafe).join(' · '), width - indent.length - column - 2)
    lines.push(`${indent}${ink('dim', head)}${' '.repeat(column - cellsOf(head) + 2)}${first}`)
    lines.push(...rest.map(line => ' '.repeat(indent.length + column + 2) + line))
  }
  return lines
}

/** Leading zeros say nothing. */
function dimZeros(digits: string, ink: Ink): string {
  const value = digits.replace(/^0+/, '')
  return ink('dim', digits.slice(0, digits.length - value.length)) + value
}

function codeLines({ units, faultIndex, instructions, raw, place }: CodeView, { ink, width, verbose }: Page): string[] {
  const lines: string[] = place === undefined ? [] : [`${indent}${ink('green', terminalSafe(place))}`]
  if (instructions.length > 0) {
    const fault = instructions.findIndex(instruction => instruction.fault)
    const from = verbose || fault < 0 ? 0 : Math.max(0, fault - instructionsAround)
    const to = verbose ? instructions.length : Math.max(fault, 0) + instructionsAround + 1
    const shown = instructions.slice(from, to)
    const column = widest(shown.map(({ bytes }) => cellsOf(bytes)))
    for (const { address, bytes, text, fault: failed } of shown) {
      const line = `${terminalSafe(address ?? '').padEnd(address === undefined ? 0 : 18)}  ${terminalSafe(bytes).padEnd(column)}  ${terminalSafe(text)}`
      lines.push(failed ? `  ${ink('red', `▸ ${line.trim()}`)}` : indent + line.trim())
    }
  }
  if (raw !== undefined) lines.push(indent + ink('dim', terminalSafe(raw)))
  if (units.length > 0 && (verbose || instructions.length === 0))
    lines.push(...unitLines(units, faultIndex, width, verbose, ink))
  return lines
}

function sourceLines({ place, lines }: SourceView, { ink, width }: Page): string[] {
  const digits = String(lines.at(-1)?.number ?? 0).length
  const rows = lines.map(({ number, text, marked }) => {
    const row = `${String(number).padStart(digits)}  ${terminalSafe(text.replaceAll('\t', '        '))}`
    return marked ? `  ${ink('red', clip(`▸ ${row}`, width - 2))}` : clip(indent + row, width)
  })
  return [`${indent}${ink('green', terminalSafe(place))}`, ...rows]
}

function functionLines(view: readonly FunctionLine[], { ink }: Page): string[] {
  const instructions = view.filter(line => line.kind === 'instruction')
  const at = widest(instructions.map(line => cellsOf(line.at)))
  const bytes = widest(instructions.map(line => cellsOf(line.bytes)))
  return view.map(line => {
    if (line.kind === 'place') return `${indent}${ink('green', terminalSafe(line.text))}`
    if (line.kind === 'source') return `${indent}${ink('cyan', terminalSafe(line.text.replaceAll('\t', '        ')))}`
    const other = line.printed === undefined ? '' : `  in the log: ${line.printed}`
    const row = terminalSafe(`${line.at.padStart(at)}  ${line.bytes.padEnd(bytes)}  ${line.text}${other}`).trimEnd()
    if (line.fault) return `  ${ink('red', `▸ ${row}`)}`
    return indent + (line.printed === undefined ? row : ink('yellow', row))
  })
}

/** The printed bytes, the failing one marked; without --verbose one line around it. */
function unitLines(
  units: string[],
  faultIndex: number | undefined,
  width: number,
  verbose: boolean,
  ink: Ink,
): string[] {
  const unitCells = widest(units.map(cellsOf)) + 1
  const across = Math.max(4, Math.floor((width - indent.length - 6) / unitCells))
  const from =
    verbose || units.length <= across
      ? 0
      : Math.max(0, Math.min((faultIndex ?? 0) - Math.floor(across / 2), units.length - across))
  const to = verbose ? units.length : Math.min(units.length, from + across)
  const lines: string[] = []
  for (let at = from; at < to; at += across) {
    const text = units.slice(at, Math.min(to, at + across)).map((unit, index) => {
      return at + index === faultIndex ? ink('red', `<${terminalSafe(unit)}>`) : terminalSafe(unit)
    })
    lines.push(`${indent}${at > 0 && at === from ? '… ' : ''}${text.join(' ')}${to < units.length ? ' …' : ''}`)
  }
  return lines
}

/** How each kind of word is painted. */
const wordTones: Partial<Record<WordKind, Tone>> = {
  'return-address': 'green',
  'frame-link': 'blue',
  'saved-register': 'magenta',
  'saved-state': 'magenta',
  code: 'yellow',
  poison: 'red',
  slab: 'cyan',
  memory: 'dim',
  local: 'dim',
}

/** A bar where each frame begins, its words below it. */
function stackLines({ rows, wide }: StackView, page: Page): string[] {
  if (!wide) return narrowStack(rows, page)
  const { ink } = page
  const framed = rows.some(({ row }) => row === 'frame')
  return rows.map(row => {
    if (row.row === 'frame') {
      const name = terminalSafe(row.name)
      return `${indent}${ink('dim', '┌─')} ${row.unsure ? ink('dim', name) : ink('bold', name)}  ${ink('dim', terminalSafe(row.detail))}`
    }
    const at = row.address === undefined ? '' : `${ink('dim', terminalSafe(row.address))}  `
    const tone = (row.kind && wordTones[row.kind]) ?? 'cyan'
    const meaning = row.meaning === undefined ? '' : `  ${ink(tone, terminalSafe(row.meaning))}`
    const value = row.kind === 'local' ? ink('dim', terminalSafe(row.value)) : terminalSafe(row.value)
    return `${indent}${framed ? ink('dim', '│ ') : ''}${at}${value}${meaning}`
  })
}

function narrowStack(rows: readonly StackRow[], { width }: Page): string[] {
  const values = rows.map(row => (row.row === 'word' ? terminalSafe(row.value) : '')).filter(value => value !== '')
  const cell = widest(values.map(cellsOf)) + 1
  const across = Math.max(1, Math.min(8, Math.floor((width - indent.length) / cell)))
  const lines: string[] = []
  for (let at = 0; at < values.length; at += across) lines.push(indent + values.slice(at, at + across).join(' '))
  return lines
}

function moduleLines(modules: readonly ModuleView[], lastUnloaded: string | undefined, { ink, width }: Page): string[] {
  const lines: string[] = []
  let line = ''
  let cells = 0
  for (const { name, taint } of modules) {
    const plain = terminalSafe(taint === undefined ? name : `${name}(${taint})`)
    if (cells > 0 && cells + 1 + cellsOf(plain) > width - indent.length) {
      lines.push(indent + line)
      line = ''
      cells = 0
    }
    line += `${cells === 0 ? '' : ' '}${taint === undefined ? plain : ink('yellow', plain)}`
    cells += cellsOf(plain) + 1
  }
  if (line !== '') lines.push(indent + line)
  if (lastUnloaded !== undefined) lines.push(`${indent}${ink('dim', `last unloaded: ${terminalSafe(lastUnloaded)}`)}`)
  return lines
}
