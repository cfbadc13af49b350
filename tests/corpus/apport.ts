// Ubuntu's crash tool: the signature of a kernel oops.

import { z } from 'zod'
import { casesOf } from './cases.ts'
import { type Corpus, judged } from './verdict.ts'

export const apport: Corpus = {
  name: 'apport',
  *judge(decode) {
    const schema = z.object({ expected_crash_signature: z.string() })
    for (const { name, log, expectation } of casesOf('apport', schema)) {
      // "kernel paging request:fn+0x80/0x210:…": what happened, then the reliable frames.
      const [, ...wanted] = expectation.expected_crash_signature.split(':')
      const report = decode(log)[0]
      // The first of theirs is where the fault struck.
      const frames = [...(report?.pc ? [report.pc] : []), ...(report?.traces?.[0]?.frames ?? [])]
      const got = frames
        .filter(frame => frame.reliable !== false)
        .map(frame => `${frame.symbol}+0x${frame.offset?.toString(16)}/0x${frame.size?.toString(16)}`)
      yield judged('frames', name, got.join(':') === wanted.join(':'), wanted, got)
    }
  },
}
