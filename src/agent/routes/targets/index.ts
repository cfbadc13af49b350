// All kinds of targets. The first that recognises a word has it.

import { file } from './file.ts'
import { stdout } from './stdout.ts'
import type { TargetKind } from './target.ts'

export const targetKinds: readonly TargetKind[] = [stdout, file]
