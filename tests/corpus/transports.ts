// Any transport: the sound syzkaller cases under each wrapping must give the title and frames that they give bare.

import { asIs, transports as wrappings } from '../transports.ts'
import { textOf } from './cases.ts'
import { frameSymbols } from './functions.ts'
import { type SyzkallerCase, syzkallerCases, titleMeets } from './syzkaller.ts'
import { type Corpus, type Decode, judged, outOfScope, type Verdict } from './verdict.ts'

const keptShare = 0.6

export const transports: Corpus = {
  name: 'transports',
  folder: 'syzkaller',
  slow: true,
  *judge(decode) {
    for (const one of syzkallerCases()) {
      if (!one.expectation.corrupted && one.expectation.title && !one.expectation.guilty_file)
        yield* judgeCase(one, decode)
    }
  },
}

function* judgeCase(one: SyzkallerCase, decode: Decode): Generator<Verdict> {
  const bare = decode(one.log)[0]
  yield judged('as is', one.name, titleMeets(bare?.title, one), one.expectation.title, bare?.title)
  if (bare === undefined) return
  const frames = frameSymbols(bare).join(' ')
  for (const [name, wrap] of Object.entries(wrappings)) {
    if (wrap === asIs) continue
    const wrapped = decode(wrap(textOf(one.log)))[0]
    const got = frameSymbols(wrapped).join(' ')
    if (wrapped?.title !== bare.title) yield judged(name, one.name, false, bare.title, wrapped?.title)
    else yield judged(name, one.name, got === frames, frames, got)
  }
  yield judgeFirstPart(one, bare.title, bare.lines.first, decode)
}

/** The title is still right, or the report says that it is damaged. */
function judgeFirstPart(one: SyzkallerCase, title: string, firstLine: number, decode: Decode): Verdict {
  const lines = textOf(one.log).split('\n')
  const kept = Math.floor(lines.length * keptShare)
  if (firstLine > kept) return outOfScope('first 60 %', one.name, title, 'the report begins after the cut')
  const report = decode(new TextEncoder().encode(`${lines.slice(0, kept).join('\n')}\n`))[0]
  const passed = report !== undefined && (report.title === title || (report.damage?.length ?? 0) > 0)
  return judged('first 60 %', one.name, passed, title, report?.title)
}
