// Every command of faultline. To add one: write its file beside this one, list it here.

import type { CommandDefinition } from '../program.ts'
import { completions } from './completions.ts'
import { decode } from './decode.ts'
import { page } from './page.ts'
import { schema } from './schema.ts'
import { stacktrace } from './stacktrace.ts'
import { symbols } from './symbols/index.ts'

export const commands: readonly CommandDefinition[] = [decode, stacktrace, symbols, page, schema, completions]
