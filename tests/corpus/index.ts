import { lab } from './lab.ts'
import { syzkaller } from './syzkaller.ts'
import type { Corpus } from './verdict.ts'

export const corpora: readonly Corpus[] = [lab, syzkaller]
