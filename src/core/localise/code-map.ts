// What localising asks of a kernel or a module, whether its answers come from debug information or from an index of it.
// Addresses are numbers counted from `base` (bytes/cursor.ts, AddressBase).

import type { SourcePlace } from '../formats/dwarf/debug-info.ts'
import type { Address } from '../model.ts'
import type { MachineCode } from './code/machine-code.ts'

export interface CodeSymbol {
  name: string
  address: number
  /** bytes to the next symbol, as traces print it; absent for the last */
  sizeBytes?: number
}

export interface CodeMap {
  /** 'vmlinux', or the module's name as the kernel prints it */
  readonly name: string
  /** the file that it was read from, as the user knows it */
  readonly file: string
  readonly buildId: string | undefined
  readonly base: Address
  /** a module: its sections are laid out one behind the other, and addresses of a log mean nothing here */
  readonly relocatable: boolean
  /** its instructions; absent where only an index is there */
  readonly machine?: MachineCode
  /** of the kernel, as `uname -r` gives it, where the file says so */
  release(): Promise<string | undefined>
  /** All code symbols of this name, ascending by address. */
  named(name: string): Promise<readonly CodeSymbol[]>
  /** The symbol that an address is in. */
  symbolAt(address: number): Promise<CodeSymbol | undefined>
  /** Innermost inlined call first, the function itself last; empty where nothing is known. Throws FormatError. */
  places(address: number): Promise<readonly SourcePlace[]>
}
