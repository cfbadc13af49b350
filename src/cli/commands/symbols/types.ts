// What the commands that ask for types share: where the types come from.

import type { Command } from 'commander'
import { FormatError } from '../../../core/bytes/cursor.ts'
import type { Btf } from '../../../core/formats/btf/btf.ts'
import { openBtf, openModuleBtf } from '../../../node/btf-file.ts'
import { InputError } from '../../../node/files.ts'
import { Trouble } from '../../exit.ts'

export interface TypeOptions {
  kernelImage?: string
  module?: string
}

/** The running kernel's. */
const defaultKernel = '/sys/kernel/btf/vmlinux'

export function defineTypeOptions(command: Command): void {
  command
    .option('--kernel-image <FILE>', `kernel image, vmlinux or BTF to ask (default: ${defaultKernel})`)
    .option('--module <FILE>', 'module (.ko, .ko.xz, …) of that kernel, whose types are looked at too')
}

/** Opens what the options name; a Trouble says what is wrong with it. */
export async function openTypes({ kernelImage, module }: TypeOptions): Promise<Btf> {
  try {
    const kernel = await openBtf(kernelImage ?? defaultKernel)
    return module === undefined ? kernel : await openModuleBtf(module, kernel)
  } catch (error) {
    if (error instanceof FormatError) throw new Trouble(error.message)
    if (!(error instanceof InputError)) throw error
    const hint = kernelImage === undefined ? '. Give a kernel with --kernel-image FILE.' : ''
    throw new Trouble(`${error.message}${hint}`)
  }
}
