// Builds parts of dist/, each by its name: cli (one file beside its launcher), web (the page), reference (manual
// pages and the JSON Schema in docs/).

import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { root } from './install.mjs'
import { markBuilt } from './stale.mjs'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * dist/faultline.mjs (runs on any Node, so that an old one gets a kind word), dist/faultline-main.mjs, and a part for
 * each command, so that one starts without loading the others.
 */
async function cli() {
  for (const part of globSync('dist/faultline-part-*', { cwd: root })) rmSync(join(root, part))
  const common = { bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' }
  await esbuild.build({
    ...common,
    entryPoints: [join(root, 'src/cli/launch.ts')],
    outfile: join(root, 'dist/faultline.mjs'),
    external: ['./faultline-main.mjs'],
    target: 'node14',
    banner: { js: '#!/usr/bin/env node' },
  })
  await esbuild.build({
    ...common,
    entryPoints: {
      'faultline-main': join(root, 'src/cli/faultline.ts'),
      'faultline-worker': join(root, 'src/server/threads/worker.ts'),
    },
    outdir: join(root, 'dist'),
    splitting: true,
    chunkNames: 'faultline-part-[hash]',
    outExtension: { '.js': '.mjs' },
    // packages that bring a library or WebAssembly as a file beside them
    external: ['koffi', 'iced-x86', '@alexaltea/capstone-js'],
    target: 'node24',
    minifySyntax: true,
    // Comments and blanks are held in memory with the rest, and one that is not ASCII doubles all of them.
    minifyWhitespace: true,
    legalComments: 'none',
    define: { FAULTLINE_VERSION: JSON.stringify(version) },
    // commander and the decompressors are CommonJS and ask for Node's modules by require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  chmodSync(join(root, 'dist/faultline.mjs'), 0o755)
  copyFileSync(join(root, 'fixtures/sample/sample.log'), join(root, 'dist/sample.log'))
}

async function web() {
  if (!existsSync(join(root, 'src/web/index.html'))) return
  const { build } = await import('vite')
  await build({ configFile: join(root, 'src/web/vite.config.ts'), root: join(root, 'src/web'), logLevel: 'warn' })
}

/** docs/man/*.1 and docs/report.schema.json, from what the command runs by. */
function reference() {
  const { status } = spawnSync(process.execPath, [join(root, 'tools/reference.ts')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('tools/reference.ts failed')
}

const parts = { cli, web, reference }
for (const name of process.argv.slice(2)) {
  const began = Date.now()
  await parts[name]()
  if (name !== 'reference') markBuilt(name, began)
}
