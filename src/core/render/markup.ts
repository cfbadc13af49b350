// HTML as values: what a template puts in is escaped unless it is markup itself, so no text of a log can become one.

import { htmlSafe } from './safe.ts'

/** Finished HTML. Only `html` makes it. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Markup | readonly Markup[] | undefined | false

/** Tag of a template: html`<p class="${name}">${text}</p>`. Attribute values must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = parts[0] ?? ''
  for (const [index, piece] of pieces.entries()) text += textOf(piece) + (parts[index + 1] ?? '')
  return new Markup(text)
}

function textOf(piece: Piece): string {
  if (piece === undefined || piece === false) return ''
  if (piece instanceof Markup) return piece.text
  if (typeof piece === 'string') return htmlSafe(piece)
  if (typeof piece === 'number') return String(piece)
  return piece.map(each => each.text).join('')
}
