import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importSyslog } from './import-syslog.ts'
import { parseRoute } from './route.ts'

const routes = (text: string): string[] =>
  importSyslog(text).flatMap(each =>
    each.what === 'route' ? [each.note === undefined ? each.route : `${each.route} # ${each.note}`] : [],
  )
const left = (text: string): string[] =>
  importSyslog(text).flatMap(each => (each.what === 'left' ? [`${each.line}: ${each.why}`] : []))

// The lines of Debian's rsyslog.conf and of sysklogd's syslog.conf(5), with an own word here and there.
const debian = `
#  /etc/rsyslog.conf configuration file for rsyslog
module(load="imuxsock") # provides support for local system logging
module(load="imklog")   # provides kernel logging support
#module(load="imudp")
$FileOwner root
$FileCreateMode 0640
$WorkDirectory /var/spool/rsyslog
$IncludeConfig /etc/rsyslog.d/*.conf
*.*;auth,authpriv.none		-/var/log/syslog
auth,authpriv.*			/var/log/auth.log
kern.*				-/var/log/kern.log
mail.err			/var/log/mail.err
*.=debug;\\
	auth,authpriv.none;\\
	mail.none		-/var/log/debug
*.emerg				:omusrmsg:*
`

test('Debian’s rsyslog.conf', () => {
  assert.deepEqual(routes(debian), [
    '*.*;auth,authpriv.none -/var/log/syslog',
    'auth,authpriv.* /var/log/auth.log',
    'kern.* -/var/log/kern.log',
    'mail.err /var/log/mail.err',
    '*.=debug;mail,auth,authpriv.none -/var/log/debug',
    '*.emerg :omusrmsg:*',
  ])
  assert.deepEqual(left(debian), [
    '3: RainerScript; write it as a route by hand',
    '4: RainerScript; write it as a route by hand',
    '6: owner and mode; see owner=, group= and mode= of a route',
    '7: owner and mode; see owner=, group= and mode= of a route',
    '8: a setting of rsyslog’s, not needed here',
    '9: import that file, too',
  ])
})

test('every kind of action', () => {
  const cases: [string, string][] = [
    ['kern.crit /dev/console', 'kern.crit /dev/console'],
    ['kern.info;kern.!err /var/adm/kernel-info', 'kern.=warning;kern.=notice;kern.=info /var/adm/kernel-info'],
    ['*.alert root,bin', '*.alert user:root,bin'],
    ['*.=emerg *', '*.emerg *'],
    ['kern.* |/dev/xconsole', 'kern.* |/dev/xconsole'],
    ['kern.* @finlandia', 'kern.* @finlandia'],
    ['kern.* @@(o)logs.example.com:10514', 'kern.* @@logs.example.com:10514'],
    ['kern.* @[2001:db8::1]:514', 'kern.* @[2001:db8::1]:514'],
    ['kern.* /var/log/kern;RFC5424,rotate=10M:5', 'kern.* /var/log/kern format=iso size=10M keep=5'],
    ['kern.* /var/log/kern;RSYSLOG_TraditionalFileFormat', 'kern.* /var/log/kern format=syslog'],
    ['kern.* /var/log/kern;mine', 'kern.* /var/log/kern # without mine'],
    [
      'kern.* ^/usr/local/bin/page;template',
      'kern.* exec:/usr/local/bin/page # without template; it runs on and gets all messages, not one each',
    ],
    ['kern.*;mark.* /var/log/k', 'kern.* /var/log/k # without syslogd’s marks'],
    [':msg, contains, "I/O error" /var/log/io', '*.* "text=I/O error" /var/log/io'],
    [':msg, !regex, "^usb [0-9]" -/var/log/x', '*.* "text!~^usb [0-9]" -/var/log/x'],
    [':msg, startswith, "[drm]" /var/log/drm', '*.* "text~^\\\\[drm\\\\]" /var/log/drm'],
    [':programname, isequal, "kernel" /var/log/x', '*.* tag=kernel /var/log/x'],
  ]
  for (const [line, expected] of cases) assert.deepEqual(routes(line), [expected], line)
})

test('a second action for the same', () => {
  assert.deepEqual(routes('kern.err /x\n& @logs\n& root'), ['kern.err /x', 'kern.err @logs', 'kern.err user:root'])
  assert.deepEqual(routes(':msg, contains, "oom" /x\n& /y'), ['*.* text=oom /x', '*.* text=oom /y'])
})

test('what cannot be taken is said, with the line', () => {
  const cases: [string, RegExp][] = [
    ['kern.* ~', /discards/],
    ['kern.* ?dynamic', /depends on the message/],
    ['kern.* /x\n& stop', /2: it discards/],
    ['& /x', /no facility/],
    ['kern.nonsense /x', /"nonsense" is no level/],
    ['mark.* /x', /marks/],
    ['kern.none /x', /selects nothing/],
    ['kern.*', /a selector and an action/],
    ['!sshd', /some programs/],
    ['kern.* :ommysql:host,db', /a module/],
    ['if $msg contains "x" then {\n action(type="omfile" file="/x")\n}\nkern.* /y', /RainerScript/],
  ]
  for (const [line, expected] of cases) assert.match(left(line).join('\n'), expected, line)
  assert.deepEqual(routes('if $msg contains "x" then {\n action(type="omfile" file="/x")\n}\nkern.* /y'), ['kern.* /y'])
})

test('any text: no throw, every route is one, every line that means something is answered for', () => {
  const piece = fc.constantFrom(
    'kern',
    '.',
    '*',
    'err',
    ';',
    ',',
    '!',
    '=',
    'none',
    ' ',
    '\t',
    '\n',
    '\\\n',
    '/var/log/x',
    '-',
    '@',
    '|',
    '^',
    '~',
    ':msg, contains, "a"',
    '{',
    '}',
    '(',
    ')',
    '"',
    '#',
    '$',
    '&',
    'root',
    '\0',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 30 }).map(parts => parts.join('')),
      ),
      text => {
        for (const each of importSyslog(text)) {
          if (each.what === 'route') assert.doesNotThrow(() => parseRoute(each.route), each.route)
          else assert.ok(each.why.length > 5)
          assert.ok(each.line >= 1 && each.line <= text.split('\n').length)
        }
      },
    ),
    { numRuns: 1500 },
  )
})
