// [Routes]: where the kernel's words go beside the spool.

import { parseRoute, RouteError } from '../../routes/route.ts'
import type { Section } from '../key.ts'
import { ValueError } from '../values.ts'

function checkRoute(line: string): void {
  try {
    parseRoute(line)
  } catch (error) {
    if (error instanceof RouteError) throw new ValueError(error.message, error.at)
    throw error
  }
}

export const routesSection = {
  name: 'Routes',
  doc: 'Where records and reports go beside the spool: to files, terminals, commands, other machines.',
  keys: [
    {
      name: 'Route',
      type: 'lines',
      option: '--route ROUTE',
      check: checkRoute,
      expects: 'SELECTOR TARGET [OPTION=VALUE…]',
      doc: 'A selector and a target, such as `kern.err /var/log/kern.err`; the key may come many times. docs/routes.md has all selectors, targets and their options.',
    },
  ],
} as const satisfies Section
