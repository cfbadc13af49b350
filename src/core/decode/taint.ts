// Documentation/admin-guide/tainted-kernels.rst; kernel/panic.c taint_flags[]. Old and vendor letters as their trees print them.

const meanings: Record<string, string> = {
  P: 'proprietary module was loaded',
  F: 'module was force loaded',
  S: 'kernel running on an out of specification system',
  R: 'module was force unloaded',
  M: 'processor reported a machine check exception',
  B: 'bad page referenced or some unexpected page flags',
  U: 'taint requested by userspace application',
  D: 'kernel died recently, there was an OOPS or BUG',
  A: 'ACPI table overridden by user',
  W: 'kernel issued a warning before',
  C: 'staging driver was loaded',
  I: 'workaround for bug in platform firmware applied',
  O: 'externally-built (out-of-tree) module was loaded',
  E: 'unsigned module was loaded',
  L: 'soft lockup occurred',
  K: 'kernel has been live patched',
  X: 'auxiliary taint, defined by the distribution',
  T: 'kernel was built with the struct randomization plugin',
  N: 'an in-kernel test has been run',
  J: 'userspace used a mutating debug operation in fwctl',
  H: 'hardware is not supported by the distribution',
}

/** Letters as printed behind "Tainted:", blanks removed; 'G' (all modules GPL) says nothing and is left out. */
export function readTaint(letters: string): { flag: string; meaning: string }[] {
  const flags: { flag: string; meaning: string }[] = []
  const seen = new Set<string>()
  for (const flag of letters) {
    if (flag === 'G' || seen.has(flag) || flag < 'A' || flag > 'Z') continue
    seen.add(flag)
    flags.push({ flag, meaning: meanings[flag] ?? 'unknown flag' })
  }
  return flags
}
