// How a kernel of the lab's own is made.
//
// How to add one: a line in index.ts, a fragment configs/<name>.config with what its board needs, and a guest in
// ../guests. `npm run lab -- kernels NAME` says which options of the fragment did not take effect, and builds it.

import type { DebianArch } from '../packages.ts'

export interface Recipe {
  /** also the name of its fragment, configs/<name>.config */
  name: string
  /** a sentence: which machine, and what it is there for */
  what: string
  /** ARCH= of the kernel's Makefile */
  makeArch: string
  /** target of the cross compiler; absent where the machine's own does */
  triple?: string
  /** further variables that its Makefiles are given */
  variables?: readonly string[]
  /** what `make` is asked for beside vmlinux and the modules */
  targets?: readonly string[]
  /** what these need on the machine, by the package that brings each */
  programs?: Record<string, string>
  /** the file that QEMU boots, below the build folder */
  image: string
  /** where busybox for it is from: Debian's own, or linked with the C library of this package */
  user: { from: 'debian'; arch: DebianArch } | { from: 'source'; libc: string }
}
