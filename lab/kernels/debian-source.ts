// Source of a Debian package by name, as its authors released it: the .orig archive, without Debian's changes. apt runs with
// lists and caches of its own and asks the mirrors that the machine has.

import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, workFolder } from '../cache.ts'
import { runProgram } from '../run-program.ts'
import { tell } from '../tell.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The folder with the unpacked source. */
export function debianSource(name: string): Promise<string> {
  return cached(`sources/${name}`, async target => {
    const options = await sourceOptions()
    tell(`fetching the source of ${name}`)
    const download = `${target}.download`
    mkdirSync(download, { recursive: true })
    try {
      await runProgram('apt-get', [...options, '-qq', 'update'])
      await runProgram('apt-get', [...options, '-qq', 'source', '--download-only', name], { cwd: download })
      const archive = globSync(`${name}_*.orig.tar.*`, { cwd: download }).find(file => !file.endsWith('.asc'))
      if (archive === undefined) throw new Error(`apt-get source ${name} brought no .orig.tar`)
      await runProgram('tar', ['-xf', join(download, archive), '-C', target, '--strip-components=1'])
    } finally {
      rmSync(download, { recursive: true, force: true })
    }
  })
}

async function sourceOptions(): Promise<string[]> {
  const folder = workFolder('apt/source')
  for (const path of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, path), { recursive: true })
  const list = join(folder, 'sources.list')
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const filter = ['Identifier: Packages', 'Origin: Debian']
  const targets = (await runProgram('apt-get', ['indextargets', '--format', format, ...filter])).toString()
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
  const lines = [...new Set(targets.split('\n').filter(Boolean))].map(line => `deb-src ${signed}${line}\n`)
  if (lines.length === 0) throw new Error('apt knows no mirror of Debian: /etc/apt/sources.list')
  writeFileSync(list, lines.join(''))
  const options: Record<string, string> = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  }
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}
