// Writes docs/images/terminal.svg: the first report of the sample as a terminal shows it, for the README.
// The pages' picture, docs/images/page.png, is an issue as the server shows it, 1280 by 860.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { decodeBytes } from '../src/core/decoder.ts'
import { addOperand } from '../src/core/explain/index.ts'
import { disassembleReport } from '../src/core/localise/instructions.ts'
import { htmlSafe } from '../src/core/render/safe.ts'
import { renderTerminal } from '../src/core/render/terminal.ts'
import { findDisassembler } from '../src/node/disassemblers/index.ts'

const root = dirname(import.meta.dirname)
const columns = 96
const cell = { width: 7.8, height: 17 }
const margin = 18
const ground = '#15171c'
const ink = '#d9d7d0'
const colours: Record<string, string> = {
  31: '#ff7b6b',
  32: '#93c98f',
  33: '#e0c64f',
  34: '#8db7f5',
  35: '#d99be6',
  36: '#6fc7d0',
}

interface Run {
  text: string
  column: number
  codes: string[]
}

/** A line as runs of one look; only the SGR escapes that core/render/ink.ts prints. */
function runsOf(line: string): Run[] {
  const runs: Run[] = []
  let column = 0
  let codes: string[] = []
  for (const part of line.split(/(\x1b\[[\d;]+m)/)) {
    const sgr = /^\x1b\[([\d;]+)m$/.exec(part)
    if (sgr !== null) codes = sgr[1] === '0' ? [] : (sgr[1] ?? '').split(';')
    else if (part !== '') {
      runs.push({ text: part, column, codes })
      column += part.length
    }
  }
  return runs
}

function textOf(run: Run, row: number): string {
  const { codes } = run
  // SVG drops spaces at the ends of a text, and makes one of several.
  const text = run.text.trim()
  const left = margin + run.column * cell.width
  const x = left + (run.text.length - run.text.trimStart().length) * cell.width
  const y = margin + row * cell.height
  const colour = codes.map(code => colours[code]).find(value => value !== undefined) ?? ink
  const filled = codes.includes('7')
  const box = filled
    ? `<rect x="${left}" y="${y}" width="${run.text.length * cell.width}" height="${cell.height}" fill="${colour}"/>`
    : ''
  const look = [
    `fill="${filled ? ground : colour}"`,
    codes.includes('1') ? 'font-weight="700"' : '',
    codes.includes('2') ? 'opacity="0.6"' : '',
    // Holds the columns whatever the font.
    `textLength="${text.length * cell.width}"`,
  ]
  return `${box}<text x="${x}" y="${y + 12.5}" ${look.filter(part => part !== '').join(' ')}>${htmlSafe(text).replaceAll(' ', '\u00a0')}</text>`
}

const bytes = readFileSync(join(root, 'fixtures', 'sample', 'sample.log'))
const [report] = decodeBytes(bytes, { file: 'sample.log' })
if (report === undefined) throw new Error('the sample holds no report')
await disassembleReport(report, findDisassembler)
addOperand(report)
const lines = renderTerminal(report, { colour: true, width: columns, verbose: false }).trimEnd().split('\n')
const width = Math.round(2 * margin + columns * cell.width)
const height = 2 * margin + lines.length * cell.height
const body = lines.flatMap((line, row) =>
  runsOf(line)
    .filter(run => run.text.trim() !== '')
    .map(run => textOf(run, row)),
)
mkdirSync(join(root, 'docs', 'images'), { recursive: true })
writeFileSync(
  join(root, 'docs', 'images', 'terminal.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A kernel oops as faultline decode prints it</title>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13" xml:space="preserve">
${body.join('\n')}
</g>
</svg>
`,
)
