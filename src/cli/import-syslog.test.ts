import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runCommand } from '../../tests/run-command.ts'
import { readConfig } from '../agent/config/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'faultline-import-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const syslogConf = `
auth,authpriv.*  /var/log/auth.log
*.*;auth.none    -/var/log/syslog
:msg, contains, "a \\"b\\" # \\\\ c"  /var/log/odd
kern.* ?dynamic
*.emerg :omusrmsg:*
`

test('what is imported is a configuration: the same routes when it is read, and nothing left out unseen', async () => {
  const path = join(folder, 'syslog.conf')
  writeFileSync(path, syslogConf)
  const { code, out } = await runCommand(['config', 'import-syslog', path])
  assert.equal(code, 0)
  assert.match(out, /# line 5: kern\.\* \?dynamic\n# {3}not taken: a file whose name depends on the message\n/)
  const made = join(folder, 'faultline.conf')
  writeFileSync(made, out)
  const { config, problems } = readConfig({ files: [made] })
  assert.deepEqual(problems, [])
  assert.deepEqual(config.routes.route, [
    'auth,authpriv.* /var/log/auth.log',
    '*.*;auth.none -/var/log/syslog',
    '*.* "text=a \\"b\\" # \\\\ c" /var/log/odd',
    '*.emerg :omusrmsg:*',
  ])
  assert.equal((await runCommand(['config', 'check', made])).code, 0)
})

test('a mistake in a route is found where it stands', async () => {
  const path = join(folder, 'wrong.conf')
  writeFileSync(path, '[Routes]\nRoute=kern.err /var/log/x size=big\n')
  const { code, out } = await runCommand(['config', 'check', path])
  assert.equal(code, 2)
  assert.match(out, /wrong\.conf:2:27: Route: "size=big": a size in bytes/)
})

test('nothing to import, and files that cannot be read', async () => {
  const path = join(folder, 'empty')
  writeFileSync(path, '# nothing\n')
  assert.equal((await runCommand(['config', 'import-syslog', path])).code, 1)
  const missing = await runCommand(['config', 'import-syslog', join(folder, 'missing')])
  assert.equal(missing.code, 2)
  assert.match(missing.err, /there is no such file/)
})
