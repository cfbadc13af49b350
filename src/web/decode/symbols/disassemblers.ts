// The disassemblers, of WebAssembly that the page has loaded. Where that did not come code stays bytes.

import loadCapstone from 'virtual:capstone'
import loadIced from 'virtual:iced-x86'
import { disassemblersBy } from '../../../core/localise/disassemblers/index.ts'
import type { FindDisassembler } from '../../../core/localise/instructions.ts'
import type { Wasm } from '../protocol.ts'

export const disassemblersOf = ({ iced, capstone }: Wasm): FindDisassembler =>
  disassemblersBy({
    iced: async () => iced && loadIced(iced),
    capstone: async () => capstone && loadCapstone({ wasmBinary: capstone }),
  })
