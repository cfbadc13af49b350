import { abrt } from './abrt.ts'
import { apport } from './apport.ts'
import { articles } from './articles.ts'
import { chromeos } from './chromeos.ts'
import { faf } from './faf.ts'
import { interleaving } from './interleaving.ts'
import { lab } from './lab.ts'
import { lava } from './lava.ts'
import { lkpTests } from './lkp.ts'
import { logspec } from './logspec.ts'
import { neighbours } from './neighbours.ts'
import { nodeProblemDetector } from './node-problem-detector.ts'
import { satyr } from './satyr.ts'
import { squad } from './squad.ts'
import { syzkaller } from './syzkaller.ts'
import { transports } from './transports.ts'
import type { Corpus } from './verdict.ts'

export const corpora: readonly Corpus[] = [
  syzkaller,
  lab,
  lkpTests,
  abrt,
  satyr,
  faf,
  lava,
  squad,
  logspec,
  chromeos,
  nodeProblemDetector,
  apport,
  articles,
  transports,
  interleaving,
  neighbours,
]
