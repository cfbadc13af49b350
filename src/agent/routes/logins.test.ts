import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loggedIn } from './logins.ts'
import { parseRoute, RouteError } from './route.ts'

const root = mkdtempSync(join(tmpdir(), 'faultline-logins-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** bits/utmp.h of x86_64 */
function entry(type: number, line: string, user: string): Buffer {
  const bytes = Buffer.alloc(384)
  bytes.writeInt16LE(type, 0)
  bytes.writeInt32LE(4711, 4)
  bytes.write(line, 8)
  bytes.write(user, 44)
  bytes.writeInt32LE(1_795_000_000, 340)
  return bytes
}

test('who is logged in, by utmp and by logind; no way out of /dev', () => {
  mkdirSync(join(root, 'run/systemd/sessions'), { recursive: true })
  assert.deepEqual(loggedIn(root), [])
  writeFileSync(
    join(root, 'run/utmp'),
    Buffer.concat([
      entry(2, '~', 'reboot'),
      entry(7, 'pts/3', 'jane'),
      entry(7, 'tty1', 'root'),
      entry(8, 'pts/4', 'gone'),
      entry(7, '../etc/passwd', 'evil'),
      entry(7, 'pts/../../etc/x', 'evil'),
      entry(7, 'sda', 'evil'),
    ]),
  )
  writeFileSync(join(root, 'run/systemd/sessions/1'), 'UID=0\nUSER=root\nACTIVE=1\nSTATE=active\nTTY=tty1\n')
  writeFileSync(join(root, 'run/systemd/sessions/2'), 'UID=1\nUSER=joe\nSTATE=active\nTTY=pts/9\n')
  writeFileSync(join(root, 'run/systemd/sessions/3'), 'UID=1\nUSER=bob\nSTATE=closing\nTTY=pts/8\n')
  writeFileSync(join(root, 'run/systemd/sessions/4'), 'UID=1\nUSER=eve\nSTATE=active\nTTY=/etc/shadow\n')
  assert.deepEqual(loggedIn(root), [
    { user: 'jane', terminal: '/dev/pts/3' },
    { user: 'root', terminal: '/dev/tty1' },
    { user: 'joe', terminal: '/dev/pts/9' },
  ])
})

test('targets that name people, the journal and the console', () => {
  const targets: [string, string][] = [
    ['*.emerg *', 'users'],
    ['kern.crit root', 'users'],
    ['kern.crit user:root,nobody-of-passwd', 'users'],
    ['kern.crit :omusrmsg:root', 'users'],
    ['kern.crit journald', 'journald'],
    ['kern.crit journald:/run/x', 'journald'],
  ]
  for (const [line, target] of targets) assert.equal(parseRoute(line).target, target, line)
  const refused: [string, RegExp][] = [
    ['kern.crit nobody-of-passwd', /is no target/],
    ['kern.crit exec:relative', /the absolute path of a program/],
    ['kern.crit |relative', /the path of a FIFO/],
    ['mail.crit console-level', /console-level takes kern\.LEVEL/],
    ['kern.=crit console-level', /console-level takes kern\.LEVEL/],
    ['kern.crit text=x console-level', /with conditions/],
    ['kern.crit @host:0', /HOST:PORT/],
    ['kern.crit @host:99999', /HOST:PORT/],
    ['kern.crit tls://host format=json', /rfc5424 or rfc3164/],
    ['kern.crit @host framing=octet', /no option of udp/],
    ['kern.crit tcp://', /HOST:PORT/],
  ]
  for (const [line, expected] of refused) {
    assert.throws(
      () => parseRoute(line),
      (error: Error) => error instanceof RouteError && expected.test(error.message),
      line,
    )
  }
})
