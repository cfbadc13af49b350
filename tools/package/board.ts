// The command as one file: what a board needs beside Node.

import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as esbuild from 'esbuild'

/** Packages that bring a library or WebAssembly as a file; without them the command says what it cannot do. */
export const outside = ['koffi', 'iced-x86', '@alexaltea/capstone-js']

/** They are asked for when they are used, not as the program starts, which would end there without them. */
const askedForLate: esbuild.Plugin = {
  name: 'asked-for-late',
  setup(build) {
    const filter = new RegExp(`^(?:${outside.join('|')})$`)
    build.onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    )
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }))
  },
}

/** Writes `faultline.mjs` into the folder; its path. */
export async function buildBoard(root: string, folder: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const outfile = join(folder, 'faultline.mjs')
  await mkdir(folder, { recursive: true })
  await esbuild.build({
    stdin: {
      contents: "import { main } from './src/cli/faultline.ts'\nawait main()\n",
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    plugins: [askedForLate],
    target: 'node24',
    minify: true,
    // Names of errors are looked at.
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { FAULTLINE_VERSION: JSON.stringify(version) },
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  return outfile
}
