// All kinds of targets. The first that recognises a word has it.

import { command } from './command.ts'
import { consoleLevel } from './console-level.ts'
import { device } from './device.ts'
import { fifo } from './fifo.ts'
import { file } from './file.ts'
import { journald } from './journald.ts'
import { tcp, tls } from './network.ts'
import { stdout } from './stdout.ts'
import type { TargetKind } from './target.ts'
import { udp } from './udp.ts'
import { users } from './users.ts'

export const targetKinds: readonly TargetKind[] = [
  stdout,
  journald,
  consoleLevel,
  command,
  fifo,
  device,
  udp,
  tcp,
  tls,
  file,
  users,
]
