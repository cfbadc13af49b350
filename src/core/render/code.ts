// The code around the fault: instructions where they are known, the printed bytes always.

import type { Report } from '../model.ts'
import { placeText } from './wording.ts'

export interface CodeView {
  units: string[]
  /** index into `units` of the instruction that failed */
  faultIndex?: number
  instructions: { address?: string; bytes: string; text: string; fault: boolean }[]
  /** what the kernel printed where there is no plain code: "Bad RIP value." */
  raw?: string
  place?: string
}

export function codeView({ code }: Report): CodeView | undefined {
  if (code === undefined) return undefined
  const units = code.bytes.split(' ').filter(unit => unit !== '')
  const instructions = (code.instructions ?? []).map(({ address, bytes, text, fault }) => ({
    bytes,
    text,
    fault: fault === true,
    ...(address === undefined ? {} : { address }),
  }))
  if (units.length === 0 && instructions.length === 0 && code.raw === undefined) return undefined
  const place = placeText(code.place)
  return {
    units,
    instructions,
    ...(code.faultIndex === undefined || code.faultIndex >= units.length ? {} : { faultIndex: code.faultIndex }),
    ...(code.raw === undefined ? {} : { raw: code.raw }),
    ...(place === undefined ? {} : { place }),
  }
}
