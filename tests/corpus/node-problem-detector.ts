// The rules of Kubernetes' node-problem-detector that occur in its own sample problems.

import { z } from 'zod'
import type { KindName } from '../../src/core/model.ts'
import { casesOf } from './cases.ts'
import { briefly, exceptionsOf } from './lines.ts'
import { type Corpus, judged } from './verdict.ts'

const kindsOfReason: Readonly<Record<string, readonly KindName[]>> = {
  TaskHung: ['hung-task'],
  KernelOops: ['null-dereference', 'divide-error', 'oops'],
}

export const nodeProblemDetector: Corpus = {
  name: 'node-problem-detector',
  *judge(decode) {
    const schema = z.object({ expected_rules: z.array(z.object({ reason: z.string() })) })
    for (const { name, log, expectation } of casesOf('node-problem-detector', schema)) {
      const reports = exceptionsOf(decode(log))
      const wanted = expectation.expected_rules.flatMap(rule => kindsOfReason[rule.reason] ?? [])
      const passed = wanted.length === 0 ? reports.length === 0 : reports.some(report => wanted.includes(report.kind))
      yield judged('rules', name, passed, wanted, briefly(reports))
    }
  },
}
