// ChromiumOS's crash reporter: one function, and sometimes a tag, that stand for a dump.

import { z } from 'zod'
import type { KindName, Report } from '../../src/core/model.ts'
import { casesOf } from './cases.ts'
import { symbolsOf, titleNames, withoutCompilerSuffix } from './functions.ts'
import { briefly, exceptionsOf, missingLines, reportWith } from './lines.ts'
import { type Corpus, judged, outOfScope, type Verdict } from './verdict.ts'

const runSchema = z.object({
  find_this: z.string().optional(),
  expected_text: z.string().optional(),
  expected_substr: z.string().optional(),
  expected_flags: z.array(z.string()).optional(),
})
const expectationSchema = z.object({
  expected: z.array(z.object({ parser: z.string(), runs: z.array(runSchema) })).nullish(),
  expected_signature: z.string().optional(),
})

const kindOfFlag: Readonly<Record<string, readonly KindName[]>> = {
  '--kernel_kasan': ['kasan'],
  '--kernel_kfence': ['kfence'],
  '--kernel_debug': ['lockdep'],
  '--kernel_warning': ['warning'],
  '--kernel_wifi_warning': ['warning'],
}

const kindsOfTag: Readonly<Record<string, readonly KindName[]>> = {
  HARDLOCKUP: ['hard-lockup'],
  SOFTLOCKUP: ['soft-lockup'],
  HANG: ['hung-task'],
}

const foreignFlags = /^--(?:kernel_ath|kernel_iwlwifi|kernel_smmu|crash_reporter|mount|selinux)/

/** Signatures of what the kernel did not print, with the reason. */
const otherSignatures: Readonly<Record<string, string>> = {
  kernel_util__ComputeNoCErrorSignature__kA1NoCError: 'printed by the firmware of a chip vendor',
  kernel_util__WatchdogSignature__kBrokenConsoleRamoops: 'one word of a damaged ramoops file, not a line of the kernel',
  kernel_util__ComputeKernelStackSignatureCommon__kMissingEverything: 'states that nothing can be told',
}

export const chromeos: Corpus = {
  name: 'chromeos',
  *judge(decode) {
    for (const { name, log, expectation } of casesOf('chromeos', expectationSchema)) {
      const reports = exceptionsOf(decode(log))
      if (expectation.expected_signature !== undefined) {
        yield judgeSignature(name, expectation.expected_signature, reports)
        continue
      }
      for (const { parser, runs } of expectation.expected ?? []) {
        for (const run of runs) {
          if (run.find_this === undefined) yield* judgeRun(name, parser, run, reports)
        }
      }
    }
  },
}

/** kernel-(TAG)-FUNCTION-HASH; the hash is over their own list of frames. */
function judgeSignature(name: string, signature: string, reports: Report[]): Verdict {
  const reason = otherSignatures[name]
  if (reason !== undefined) return outOfScope('signature', name, signature, reason)
  const parts = /^kernel-(?:\((?<tag>[^)]*)\)-)?(?<subject>.+)-[0-9A-F]{8}$/.exec(signature)?.groups
  const subject = parts?.['subject'] ?? signature
  const kinds = kindsOfTag[parts?.['tag'] ?? '']
  const report = reports.find(candidate => speaksOf(candidate, subject) && (kinds?.includes(candidate.kind) ?? true))
  return judged('signature', name, report !== undefined, signature, briefly(reports))
}

function speaksOf(report: Report, subject: string): boolean {
  const innermost = (report.traces ?? []).flatMap(trace => symbolsOf(trace.frames)).map(withoutCompilerSuffix)
  const pc = withoutCompilerSuffix(report.pc?.symbol ?? '')
  return (
    titleNames(report.title, subject) || report.title.includes(subject) || pc === subject || innermost.includes(subject)
  )
}

function* judgeRun(
  name: string,
  parser: string,
  run: z.infer<typeof runSchema>,
  reports: Report[],
): Generator<Verdict> {
  if (parser !== 'KernelParser') {
    yield judged('nothing found', name, reports.length === 0, `only for their ${parser}`, briefly(reports))
    return
  }
  if (run.expected_flags?.some(flag => foreignFlags.test(flag))) {
    yield outOfScope('message', name, run.expected_flags, 'an error message of a driver or a service; no exception')
    return
  }
  const kinds = run.expected_flags?.flatMap(flag => kindOfFlag[flag] ?? [])
  if (kinds?.length) {
    yield judged(
      'kind',
      name,
      reports.some(report => kinds.includes(report.kind)),
      kinds,
      briefly(reports),
    )
  }
  if (run.expected_substr !== undefined) {
    // Their text of an unknown function is a placeholder of their own.
    const wanted = run.expected_substr.trim()
    if (wanted.startsWith('-'))
      yield outOfScope('message', name, wanted, 'their word for a function that they could not find')
    else
      yield judged(
        'message',
        name,
        reports.some(report => report.text.includes(wanted)),
        wanted,
        briefly(reports),
      )
  }
  if (run.expected_text !== undefined) yield judgeText(name, run.expected_text, reports)
}

function judgeText(name: string, text: string, reports: Report[]): Verdict {
  // Their first line is an id that they make, or a ruler; what follows is the kernel's.
  const kernelLines = text.split('\n').filter(line => /^\[ *\d+\.\d+\] *[^=\s]/.test(line))
  const report = reportWith(reports, kernelLines[0] ?? '')
  if (report === undefined) return judged('text', name, false, kernelLines[0], briefly(reports))
  const missing = missingLines(kernelLines.join('\n'), report.text)
  return judged('text', name, missing.length === 0, missing.slice(0, 3).join(' | '), briefly([report]))
}
