import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { guests } from '../guests/index.ts'
import { askedConfig } from './build.ts'
import { readConfig, unheeded } from './config.ts'
import { recipes } from './index.ts'

test('a configuration is read as kconfig writes it, the last word on an option holds', () => {
  const text = '# CONFIG_SMP is not set\nCONFIG_LOCALVERSION="-lab"\nCONFIG_NR_CPUS=4\n# a comment\nCONFIG_NR_CPUS=8\n'
  assert.deepEqual(
    [...readConfig(text)],
    [
      ['CONFIG_SMP', 'n'],
      ['CONFIG_LOCALVERSION', '"-lab"'],
      ['CONFIG_NR_CPUS', '8'],
    ],
  )
})

test('options that kconfig decided otherwise are named, one it does not mention is n', () => {
  const asked = 'CONFIG_LKDTM=y\nCONFIG_KASAN=y\nCONFIG_PCI=n\nCONFIG_UBSAN=n\n'
  const taken = 'CONFIG_KASAN=y\nCONFIG_PCI=y\n# CONFIG_UBSAN is not set\n'
  assert.deepEqual(unheeded(asked, taken), [
    { option: 'CONFIG_LKDTM', asked: 'y', taken: 'n' },
    { option: 'CONFIG_PCI', asked: 'n', taken: 'y' },
  ])
})

test('each recipe has a fragment that holds more than the common one, and a guest that runs it', () => {
  const common = readConfig(askedConfig('common'))
  for (const { name } of recipes) {
    assert.ok(existsSync(new URL(`configs/${name}.config`, import.meta.url)), name)
    assert.ok(readConfig(askedConfig(name)).size > common.size, name)
    const guest = guests.find(({ kernel }) => kernel.from === 'lab' && kernel.name === name)
    assert.ok(guest, `no guest runs ${name}`)
  }
})
