// Colour on a terminal: the only escapes that Faultline prints, all of the form ESC [ n m (ECMA-48, SGR). The sixteen
// basic colours only, so that they follow the user's own palette, dark or light.

import type { SeverityName } from '../model.ts'

export type Tone = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan' | 'magenta' | 'blue'

const codes: Record<Tone, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 }

export const severityTone: Record<SeverityName, Tone> = {
  panic: 'red',
  oops: 'red',
  bug: 'magenta',
  warning: 'yellow',
  stall: 'yellow',
  oom: 'magenta',
  hardware: 'red',
  user: 'blue',
  notice: 'cyan',
}

const inverse = 7
const reset = '\x1b[0m'

/** Paints text that is already safe; without colour it gives the text back. */
export interface Ink {
  (tone: Tone, text: string): string
  /** a label on a filled ground */
  badge(tone: Tone, text: string): string
}

export function inkFor(colour: boolean): Ink {
  const paint = (numbers: string, text: string): string =>
    colour && text !== '' ? `\x1b[${numbers}m${text}${reset}` : text
  return Object.assign((tone: Tone, text: string) => paint(String(codes[tone]), text), {
    badge: (tone: Tone, text: string) =>
      colour ? paint(`${codes.bold};${inverse};${codes[tone]}`, ` ${text} `) : `[${text}]`,
  })
}
