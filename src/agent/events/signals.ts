// Names of signals and of the reasons for them: include/uapi/asm-generic/signal.h and siginfo.h. This machine's own
// numbers, as Node has them: MIPS and others number some of them otherwise.

import { constants } from 'node:os'

const names = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name] as const))
// Names that share a number: SIGPOLL and SIGIO, SIGIOT and SIGABRT.
for (const name of ['SIGABRT', 'SIGIO', 'SIGCHLD'] as const) names.set(constants.signals[name], name)

const FIRST_REAL_TIME = 32

export function signalName(signal: number): string {
  return names.get(signal) ?? (signal >= FIRST_REAL_TIME ? `SIGRTMIN+${signal - FIRST_REAL_TIME}` : `signal ${signal}`)
}

/** `9`, `KILL`, `SIGKILL`; undefined when there is none of that name. */
export function signalNumber(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const wanted = text.toUpperCase().replace(/^(?!SIG)/, 'SIG')
  return [...names].find(([, name]) => name === wanted)?.[0]
}

const anySignal: Readonly<Record<number, string>> = {
  0: 'SI_USER',
  128: 'SI_KERNEL',
  [-1]: 'SI_QUEUE',
  [-2]: 'SI_TIMER',
  [-3]: 'SI_MESGQ',
  [-4]: 'SI_ASYNCIO',
  [-5]: 'SI_SIGIO',
  [-6]: 'SI_TKILL',
  [-7]: 'SI_DETHREAD',
  [-60]: 'SI_ASYNCNL',
}

const bySignal: Readonly<Record<string, readonly string[]>> = {
  SIGILL: [
    'ILL_ILLOPC',
    'ILL_ILLOPN',
    'ILL_ILLADR',
    'ILL_ILLTRP',
    'ILL_PRVOPC',
    'ILL_PRVREG',
    'ILL_COPROC',
    'ILL_BADSTK',
  ],
  SIGFPE: [
    'FPE_INTDIV',
    'FPE_INTOVF',
    'FPE_FLTDIV',
    'FPE_FLTOVF',
    'FPE_FLTUND',
    'FPE_FLTRES',
    'FPE_FLTINV',
    'FPE_FLTSUB',
  ],
  SIGSEGV: ['SEGV_MAPERR', 'SEGV_ACCERR', 'SEGV_BNDERR', 'SEGV_PKUERR', 'SEGV_ACCADI', 'SEGV_ADIDERR', 'SEGV_ADIPERR'],
  SIGBUS: ['BUS_ADRALN', 'BUS_ADRERR', 'BUS_OBJERR', 'BUS_MCEERR_AR', 'BUS_MCEERR_AO'],
  SIGTRAP: ['TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT', 'TRAP_UNK', 'TRAP_PERF'],
  SIGCHLD: ['CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED'],
  SIGIO: ['POLL_IN', 'POLL_OUT', 'POLL_MSG', 'POLL_ERR', 'POLL_PRI', 'POLL_HUP'],
  SIGSYS: ['SYS_SECCOMP', 'SYS_USER_DISPATCH'],
}

/** `SEGV_MAPERR`, `SI_USER`; the number where it has no name. */
export function codeName(signal: number, code: number): string {
  return anySignal[code] ?? bySignal[signalName(signal)]?.[code - 1] ?? String(code)
}

/** Signals that do no harm unless a program asks for them: ignored, or stop and go on (signal(7)). */
const harmless = new Set(['SIGCHLD', 'SIGURG', 'SIGWINCH', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'])

/** Whether a process ends by it when it has not said otherwise. */
export const endsProcess = (signal: number): boolean => !harmless.has(signalName(signal))
