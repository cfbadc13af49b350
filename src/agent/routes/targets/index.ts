// All kinds of targets. The first that recognises a word has it.

import { device } from './device.ts'
import { fifo } from './fifo.ts'
import { file } from './file.ts'
import { tcp, tls } from './network.ts'
import { stdout } from './stdout.ts'
import type { TargetKind } from './target.ts'
import { udp } from './udp.ts'

export const targetKinds: readonly TargetKind[] = [stdout, fifo, device, udp, tcp, tls, file]
