// Where the built UI is: beside the bundled command, or in dist/ of the source tree.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

export function webFolder(): string | undefined {
  const folders = [join(import.meta.dirname, 'web'), join(import.meta.dirname, '../../dist/web')]
  return folders.find(candidate => existsSync(join(candidate, 'index.html')))
}
