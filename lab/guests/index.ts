import { arm64 } from './arm64.ts'
import { armhf } from './armhf.ts'
import type { Guest } from './guest.ts'
import { i386 } from './i386.ts'
import { mips64el } from './mips64el.ts'
import { ownGuests } from './own.ts'
import { ppc64el } from './ppc64el.ts'
import { riscv64Debian } from './riscv64.ts'
import { s390x } from './s390x.ts'
import { x86_64, x86_64Kaslr, x86_64Newer, x86_64Sid } from './x86_64.ts'

export type { DebianKernel, Guest, OwnKernel } from './guest.ts'

export const guests: readonly Guest[] = [
  x86_64,
  x86_64Kaslr,
  x86_64Newer,
  x86_64Sid,
  i386,
  arm64,
  armhf,
  ppc64el,
  s390x,
  mips64el,
  riscv64Debian,
  ...ownGuests,
]
