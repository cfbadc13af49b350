// Every kind of event, in the order of the help.

import type { EventKind } from './kind.ts'
import { halt, kexec, powerOff, restart } from './kinds/ending.ts'
import { exit } from './kinds/exit.ts'
import { aer, edac, machineCheck, memoryFailure, moduleLoad, moduleUnload, resume, suspend } from './kinds/machine.ts'
import { oom } from './kinds/oom.ts'
import { signal } from './kinds/signal.ts'
import { oops, panic, warning } from './kinds/trouble.ts'

export const kinds: readonly EventKind[] = [
  ...[signal, exit, oom, oops, warning, panic, halt, restart, powerOff, kexec],
  ...[moduleLoad, moduleUnload, suspend, resume, machineCheck, edac, aer, memoryFailure],
]
