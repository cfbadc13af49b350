// `npm run package [-- deb|board] [options]`: what is installed elsewhere. deb: a Debian package of the command, the agent's
// service and Node. board: the whole command as one JavaScript file.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildBoard } from './package/board.ts'
import { buildDeb } from './package/deb.ts'

const root = join(import.meta.dirname, '..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', default: join(root, 'dist') },
    'system-node': { type: 'boolean', default: false },
    compression: { type: 'string', default: 'xz' },
    help: { type: 'boolean', default: false },
  },
})

const usage = `Usage: npm run package -- [deb|board] [--output DIR] [--system-node] [--compression xz|gzip|zstd|none]

deb     the Debian package; the default
board   dist/board/faultline.mjs: everything in one file

--system-node   depend on Debian's nodejs (>= 24) instead of bringing Node
--compression   of the package's content; zstd and gzip are faster to make, none fastest
`

async function main(): Promise<number> {
  const [what = 'deb'] = positionals
  if (values.help || (what !== 'deb' && what !== 'board')) {
    process.stdout.write(usage)
    return values.help ? 0 : 2
  }
  if (what === 'board') {
    process.stdout.write(`${await buildBoard(root, join(values.output, 'board'))}\n`)
    return 0
  }
  const built = spawnSync(process.execPath, [join(root, 'tools/build.mjs'), 'cli', 'web', 'reference'], {
    stdio: ['ignore', 2, 2],
  })
  if (built.status !== 0) return 2
  const { output, compression } = values
  process.stdout.write(`${await buildDeb({ root, output, compression, ownNode: !values['system-node'] })}\n`)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`faultline: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
