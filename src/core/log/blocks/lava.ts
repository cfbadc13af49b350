// LAVA's job log: a YAML list of one-line maps.

import { type Fields, type FieldsMessage, readFields } from './fields.ts'

// - {dt: '2017-09-06T23:36:54.123456', lvl: target, msg: '[    0.000000] Booting Linux'}
const flowMap = /^- \{dt: ['"]?(?<dt>[\d:.T+-]{10,40})['"]?, lvl: (?<lvl>\w{1,20}), msg: (?<msg>.*)\}$/

/** A line of LAVA's output.yaml; what is not of the target was written by the lab. Undefined for other text. */
export function readLavaLine(text: string): FieldsMessage | undefined {
  let fields: Fields | undefined
  try {
    fields = JSON.parse(text.slice(2)) as Fields
  } catch {
    const found = flowMap.exec(text)?.groups
    if (found !== undefined) fields = { dt: found['dt'], lvl: found['lvl'], msg: scalar(found['msg']!) }
  }
  const message = fields === undefined ? undefined : readFields(fields)
  if (message === undefined) return undefined
  const target = fields!['lvl'] === 'target' || fields!['lvl'] === undefined
  return {
    text: message.text,
    transport: 'lava',
    seed(draft) {
      message.seed(draft)
      if (target) return
      draft.tag = 'lava'
      draft.userSpace = true
    },
  }
}

/** YAML 1.2 §7.3: flow scalars, quoted singly, doubly or not at all. */
function scalar(text: string): string {
  if (text.startsWith("'") && text.endsWith("'") && text.length > 1) return text.slice(1, -1).replaceAll("''", "'")
  if (!text.startsWith('"')) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
