// Values of options that several commands read in the same way.

import { InvalidArgumentError } from 'commander'

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a number.')
  return Number(text)
}

/** `a,b` and the option several times: all together. */
export const gathered =
  <T>(read: (text: string) => T) =>
  (text: string, before: T[] = []): T[] => [...before, ...text.split(',').map(read)]

/** Set by Ctrl-C and SIGTERM, for a command that goes on until it is told to end; `forget` when it has. */
export interface EndSignal {
  readonly given: boolean
  forget(): void
}

export function endSignal(): EndSignal {
  const signal = { given: false, forget: () => {} }
  const end = (): void => {
    signal.given = true
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  signal.forget = () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
  return signal
}
