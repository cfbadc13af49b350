// A collector: what is taken of the machine's state beside an exception. To add a built-in one:
//
// 1. Write its record in builtin/, in the file whose subject it is; `name` becomes the name of its output.
// 2. List it in index.ts: what changes fastest comes first.
//
// Each runs as a process of its own, even where it only copies a file: after an oops a read can hang for good, on a lock
// that died with its holder, and the agent must not hang with it. Its text is constant; nothing that the kernel
// printed comes near a shell.

export interface Collector {
  /** letters, digits and "-" */
  name: string
  /** what it brings, for people */
  doc: string
  run: Run
}

export type Run =
  /** copied one after the other, each under its name; "*" as in sh */
  | { files: readonly string[] }
  /** a script for sh(1), POSIX: boards have BusyBox */
  | { script: string }
  /** a program and its arguments; the output file has its name */
  | { program: readonly string[] }

/** Prints each file that there is under a line with its name. */
const copyScript = `for file in "$@"; do
  [ -r "$file" ] && [ ! -d "$file" ] || continue
  printf '==> %s <==\\n' "$file"
  cat "$file"
  printf '\\n'
done`

/** The program that is started, and its arguments. */
export function commandOf(run: Run): string[] {
  if ('program' in run) return [...run.program]
  if ('script' in run) return ['sh', '-c', run.script]
  // Patterns are expanded by the shell from words of our own.
  return ['sh', '-c', `set -- ${run.files.join(' ')}\n${copyScript}`]
}
