// One machine's log behind another's, cut anywhere: what each says alone it must say in company, no more and no less.

import { dirname } from 'node:path'
import { z } from 'zod'
import { type Case, casesOf } from './cases.ts'
import { type Corpus, judged } from './verdict.ts'

/** Beside the next one in order of names, each log is put before one from elsewhere in its folder. */
const step = 7

export const neighbours: Corpus = {
  name: 'neighbours',
  folder: 'lab',
  slow: true,
  *judge(decode) {
    const titles = (log: Uint8Array): string[] => decode(log).map(report => report.title)
    for (const cases of byFolder()) {
      const alone = cases.map(({ log }) => titles(log))
      for (const [index, first] of cases.entries()) {
        for (const other of [(index + 1) % cases.length, (index * step + 3) % cases.length]) {
          const second = cases[other]!
          const got = titles(Buffer.concat([first.log, second.log]))
          const wanted = [...alone[index]!, ...alone[other]!]
          const same = got.length === wanted.length && got.every((title, at) => title === wanted[at])
          yield judged('one after another', `${first.name}+${second.name}`, same, wanted, got)
        }
      }
    }
  },
}

/** The logs of one architecture. */
function byFolder(): Case<unknown>[][] {
  const folders = new Map<string, Case<unknown>[]>()
  for (const one of casesOf('lab', z.unknown())) {
    const folder = dirname(one.name)
    folders.set(folder, [...(folders.get(folder) ?? []), one])
  }
  return [...folders.values()]
}
