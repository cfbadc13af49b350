/** Errors that the kernel returns as pointers, by number. include/uapi/asm-generic/errno-base.h, errno.h; include/linux/errno.h */
const names =
  '1 EPERM 2 ENOENT 3 ESRCH 4 EINTR 5 EIO 6 ENXIO 7 E2BIG 8 ENOEXEC 9 EBADF 10 ECHILD 11 EAGAIN 12 ENOMEM 13 EACCES ' +
  '14 EFAULT 15 ENOTBLK 16 EBUSY 17 EEXIST 18 EXDEV 19 ENODEV 20 ENOTDIR 21 EISDIR 22 EINVAL 23 ENFILE 24 EMFILE ' +
  '25 ENOTTY 26 ETXTBSY 27 EFBIG 28 ENOSPC 29 ESPIPE 30 EROFS 31 EMLINK 32 EPIPE 33 EDOM 34 ERANGE 35 EDEADLK ' +
  '36 ENAMETOOLONG 37 ENOLCK 38 ENOSYS 39 ENOTEMPTY 40 ELOOP 42 ENOMSG 43 EIDRM 61 ENODATA 62 ETIME 63 ENOSR ' +
  '71 EPROTO 74 EBADMSG 75 EOVERFLOW 84 EILSEQ 85 ERESTART 88 ENOTSOCK 89 EDESTADDRREQ 90 EMSGSIZE 91 EPROTOTYPE ' +
  '92 ENOPROTOOPT 93 EPROTONOSUPPORT 95 EOPNOTSUPP 97 EAFNOSUPPORT 98 EADDRINUSE 99 EADDRNOTAVAIL 100 ENETDOWN ' +
  '101 ENETUNREACH 103 ECONNABORTED 104 ECONNRESET 105 ENOBUFS 106 EISCONN 107 ENOTCONN 108 ESHUTDOWN 110 ETIMEDOUT ' +
  '111 ECONNREFUSED 112 EHOSTDOWN 113 EHOSTUNREACH 114 EALREADY 115 EINPROGRESS 116 ESTALE 117 EUCLEAN 121 EREMOTEIO ' +
  '122 EDQUOT 125 ECANCELED 512 ERESTARTSYS 513 ERESTARTNOINTR 514 ERESTARTNOHAND 515 ENOIOCTLCMD 517 EPROBE_DEFER ' +
  '518 EOPENSTALE 519 ENOPARAM 521 EBADHANDLE 524 ENOTSUPP 529 EIOCBQUEUED'

const words = names.split(' ')
const byNumber = new Map(words.flatMap((word, index) => (index % 2 === 0 ? [[Number(word), words[index + 1]!]] : [])))

/** "ENOMEM"; undefined for a number that is no error's. Architectures with numbers of their own say so. */
export function errnoName(number: number, arch: string | undefined): string | undefined {
  // alpha, mips, parisc and sparc number what follows ERANGE in their own way: arch/*/include/uapi/asm/errno.h
  if (number > 34 && number < 512 && arch !== undefined && /^(?:alpha|mips|parisc|sparc)/.test(arch)) return undefined
  return byNumber.get(number)
}
