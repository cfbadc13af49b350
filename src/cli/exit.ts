// How a command ends. DESIGN.md §4: 0 done and something found, 1 nothing found, 2 usage, input or I/O error.

export const exitCode = { found: 0, nothing: 1, trouble: 2 } as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Ends the command with code 2; the message says what, where, and what to do. */
export class Trouble extends Error {}
