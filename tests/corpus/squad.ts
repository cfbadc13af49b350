// Linaro's test dashboard: strings that must, and must not, be in the text of one message.

import { z } from 'zod'
import { casesOf } from './cases.ts'
import { briefly } from './lines.ts'
import { type Corpus, judged, outOfScope } from './verdict.ts'

const expectationSchema = z.object({
  expected: z.array(
    z.object({
      test: z.string(),
      assert_in: z.array(z.string()),
      assert_not_in: z.array(z.string()),
    }),
  ),
})

/** Expectations that come from cutting one event into several messages, or from how their test feeds its log. */
const otherCuts: Readonly<Record<string, string>> = {}

export const squad: Corpus = {
  name: 'squad',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('squad', expectationSchema)) {
      const reports = decode(log)
      for (const { test, assert_in, assert_not_in } of expectation.expected) {
        const id = `${name} ${test}`
        const reason = otherCuts[id]
        if (reason) {
          yield outOfScope('message', id, assert_in, reason)
          continue
        }
        const fits = reports.some(
          report =>
            assert_in.every(text => report.text.includes(withoutBracket(text))) &&
            assert_not_in.every(text => !report.text.includes(withoutBracket(text))),
        )
        yield judged(
          'message',
          id,
          fits,
          `with ${assert_in.join(' and ')} without ${assert_not_in.join(', ')}`,
          briefly(reports),
        )
      }
    }
  },
}

/** `] BUG:` asks for a line start behind a stamp; our text has no stamps. `"}` ends a JSON line of theirs. */
function withoutBracket(text: string): string {
  return text.replace(/^\] /, '\n').replace(/"\}$/, '').trim()
}
