// faultline schema: the JSON Schema of a report.

import { exitCode } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'

/** Prints the schema that every line of `decode --json` follows. Loaded late: no other command needs the validator. */
export async function printSchema(terminal: Terminal): Promise<void> {
  const [{ toJSONSchema }, { reportSchema }] = await Promise.all([import('zod'), import('../../core/schema.ts')])
  await terminal.print(`${JSON.stringify(toJSONSchema(reportSchema), undefined, 2)}\n`)
}

export const schema: CommandDefinition = {
  name: 'schema',
  summary: 'print the JSON Schema (draft 2020-12) of a report',
  define: () => {},
  run: async terminal => {
    await printSchema(terminal)
    return exitCode.found
  },
}
