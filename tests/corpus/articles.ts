// 32-bit PowerPC reports quoted on a web page, whole and as the page mangles them.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Report } from '../../src/core/model.ts'
import { kindNames } from '../../src/core/vocabulary.ts'
import { casesOf, corpusFile } from './cases.ts'
import { frameSymbols } from './functions.ts'
import { briefly } from './lines.ts'
import { type Corpus, judged, type Verdict } from './verdict.ts'

const articleSchema = z.object({
  expect: z.object({
    kind: z.enum(kindNames),
    comm: z.string(),
    pid: z.number().optional(),
    pc: z.string().optional(),
    lr: z.string().optional(),
    trap: z.string().optional(),
    kernel: z.string().optional(),
    fatal: z.boolean().optional(),
    panic: z.string().optional(),
    interrupted: z.string().optional(),
    frames: z.array(z.string()).optional(),
  }),
})

export const articles: Corpus = {
  name: 'articles',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('articles', articleSchema)) {
      yield* judgeArticle(name, expectation.expect, decode(log)[0])
      // The same text as the page shows it: line breaks gone, digits eaten.
      const pasted = decode(new Uint8Array(readFileSync(corpusFile('articles', `${name}.pasted.log`))))[0]
      const { kind } = expectation.expect
      yield judged('pasted kind', name, pasted?.kind === kind, kind, pasted && briefly([pasted]))
      yield judged('pasted damage', name, (pasted?.damage?.length ?? 0) > 0, 'marked', pasted?.damage)
    }
  },
}

function* judgeArticle(
  name: string,
  expect: z.infer<typeof articleSchema>['expect'],
  report: Report | undefined,
): Generator<Verdict> {
  const got: Record<keyof typeof expect, unknown> = {
    kind: report?.kind,
    comm: report?.task?.comm,
    pid: report?.task?.pid,
    pc: symbolic(report?.pc),
    // The return address has no field of its own; its symbol must be in the text of a frame or of the register dump.
    lr: report?.text.includes(expect.lr ?? '') ? expect.lr : undefined,
    trap: report?.fault?.code ?? report?.registers?.['TRAP'] ?? report?.registers?.['trap'],
    kernel: report?.kernel?.release,
    fatal: report?.fatal,
    panic: report?.stages?.some(stage => stage.title.includes(expect.panic ?? '')) ? expect.panic : report?.stages,
    interrupted: report?.text.includes(expect.interrupted ?? '') ? expect.interrupted : undefined,
    frames: (expect.frames ?? []).filter(symbol => frameSymbols(report).includes(symbol)),
  }
  for (const [key, wanted] of Object.entries(expect)) {
    const ours = got[key as keyof typeof expect]
    const same = key === 'trap' ? sameNumber(wanted, ours) : JSON.stringify(ours) === JSON.stringify(wanted)
    yield judged('fields', `${name} ${key}`, same, wanted, ours)
  }
}

function symbolic(frame: Report['pc']): string | undefined {
  return frame?.symbol && `${frame.symbol}+0x${frame.offset?.toString(16)}/0x${frame.size?.toString(16)}`
}

function sameNumber(wanted: unknown, got: unknown): boolean {
  return Number.parseInt(String(wanted), 16) === Number.parseInt(String(got), 16)
}
