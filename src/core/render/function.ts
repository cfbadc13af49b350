// A whole function: its instructions, with the lines of source they came from between them, as objdump -dS shows it.

import type { FunctionListing } from '../model.ts'
import { placeText } from './wording.ts'

export type FunctionLine =
  | { kind: 'place'; text: string }
  | { kind: 'source'; text: string }
  | {
      kind: 'instruction'
      /** offset in the function, and the address where the log tells it */
      at: string
      bytes: string
      text: string
      fault: boolean
      /** the bytes that the log has instead */
      printed?: string
    }

export function functionView({ rows }: FunctionListing): FunctionLine[] {
  return rows.flatMap(({ offset, address, bytes, text, fault, printed, place, source = [] }): FunctionLine[] => {
    const at = `+0x${offset.toString(16)}`
    const where = placeText(place)
    const inFunction = place?.function === undefined ? '' : `${place.function}() `
    return [
      ...(where === undefined ? [] : [{ kind: 'place', text: `${inFunction}${where}` } as const]),
      ...source.map(line => ({ kind: 'source', text: line }) as const),
      {
        kind: 'instruction',
        at: address === undefined ? at : `${address} ${at}`,
        bytes,
        text,
        fault: fault === true,
        ...(printed === undefined ? {} : { printed }),
      },
    ]
  })
}
