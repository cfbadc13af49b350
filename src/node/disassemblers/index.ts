// Disassemblers from npm packages.

import { createRequire } from 'node:module'
import type { CapstoneModule } from '../../core/localise/disassemblers/capstone.ts'
import { disassemblersBy } from '../../core/localise/disassemblers/index.ts'

const require = createRequire(import.meta.url)

/** A board may have the command without npm's packages: then code stays bytes. */
function orNone(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
  return undefined
}

export const findDisassembler = disassemblersBy({
  iced: () => import('iced-x86').catch(orNone),
  capstone: async () => {
    try {
      return await (require('@alexaltea/capstone-js') as () => Promise<CapstoneModule>)()
    } catch (error) {
      return orNone(error)
    }
  },
})
