// What can go wrong with a spool, in words: what, where, and what to do.

export class SpoolError extends Error {
  /** errno's name, or HELD, INSECURE, DAMAGED, NAME */
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const advice: Partial<Record<string, string>> = {
  ENOSPC: 'no space is left on its file system. Free some, lower MaxSize= in [Spool], or move Data= elsewhere.',
  EDQUOT: 'the quota is used up. Free some space, or move Data= in [Spool] elsewhere.',
  EROFS: 'its file system is read-only. Mount it writable, or move Data= in [Spool] elsewhere.',
  EIO: 'the device failed to read or write. Look at the kernel’s log for its errors, and move Data= in [Spool] elsewhere.',
  EACCES: 'no permission. Run as root, or choose another folder with --data.',
  EPERM: 'not permitted. Run as root, or choose another folder with --data.',
  ENOENT: 'it is not there. Was its file system unmounted, or the folder removed?',
  ENOTDIR: 'a part of its path is no folder, or a symbolic link, which is not followed. Remove that.',
  ELOOP: 'a symbolic link stands in its place, which is not followed. Remove it.',
  EMFILE: 'too many files are open in this process. Raise LimitNOFILE=.',
  ENFILE: 'too many files are open on this machine. Raise fs.file-max.',
  ENAMETOOLONG: 'its path is too long. Choose a shorter folder.',
}

/** The error that a user sees for one of the file system's. */
export function spoolError(what: string, error: unknown): SpoolError {
  if (error instanceof SpoolError) return error
  const code = codeOf(error)
  const detail = advice[code] ?? (error instanceof Error ? error.message : String(error))
  return new SpoolError(code === '' ? 'EUNKNOWN' : code, `${what}: ${detail}`, error)
}
