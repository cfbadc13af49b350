import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../core/model.ts'
import { facilityNames, facilityNumber, levelNames, levelNumber } from './names.ts'
import { parsePriorities, showPriorities } from './priorities.ts'
import { parseSelector, SelectorError, selects } from './selector.ts'

const record = (more: Partial<LogRecord>): LogRecord => ({
  text: 'usb 1-1: new device',
  line: 1,
  span: { start: 0, end: 0 },
  transport: 'kmsg',
  facility: 0,
  level: 6,
  ...more,
})

/** facility.level pairs that are chosen, as `kern.err` */
const chosen = (selector: string): string[] => {
  const mask = parsePriorities(selector)
  return facilityNames.flatMap((facility, f) =>
    levelNames.flatMap((level, l) => (mask[f]! & (1 << l) ? [`${facility}.${level}`] : [])),
  )
}

test('the selectors of syslog.conf(5)', () => {
  assert.deepEqual(chosen('kern.err'), ['kern.emerg', 'kern.alert', 'kern.crit', 'kern.err'])
  assert.deepEqual(chosen('kern.=err'), ['kern.err'])
  assert.deepEqual(chosen('kern.info;kern.!err'), ['kern.warning', 'kern.notice', 'kern.info'])
  assert.deepEqual(chosen('kern.err;kern.!=crit'), ['kern.emerg', 'kern.alert', 'kern.err'])
  assert.deepEqual(chosen('mail,news.=info'), ['mail.info', 'news.info'])
  assert.equal(chosen('*.*').length, 24 * 8)
  assert.equal(chosen('*.*;mail.none').length, 23 * 8)
  assert.equal(
    chosen('*.=debug;*.=info;*.=notice;*.=warn;auth,authpriv.none;cron,daemon.none;mail,news.none').length,
    4 * 18,
  )
  assert.deepEqual(chosen('kern.panic'), ['kern.emerg'])
  assert.deepEqual(chosen('0.3'), chosen('kern.error'))
  assert.deepEqual(chosen('kern'), chosen('kern.*'))
  assert.deepEqual(chosen('err'), chosen('*.err'))
})

test('what is no selector is said with what there is', () => {
  const refused = {
    'kern.bad': /"bad" is no level/,
    'kernel.err': /"kernel" is no facility/,
    'kern.': /a level was expected/,
    '': /found nothing/,
  }
  for (const [text, expected] of Object.entries(refused)) {
    assert.throws(
      () => parsePriorities(text),
      (error: Error) => error instanceof SelectorError && expected.test(error.message),
    )
  }
})

const facility = fc.constantFrom('*', ...facilityNames)
const level = fc.constantFrom('*', 'none', ...levelNames)
const part = fc
  .tuple(fc.array(facility, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '=', '!', '!='), level)
  .map(([facilities, sign, name]) => `${facilities.join(',')}.${sign}${name}`)
const selectorText = fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => parts.join(';'))

/** The rules again, one pair at a time: the last part that speaks of it decides. */
function reference(selector: string, facility: number, level: number): boolean {
  let wanted = false
  for (const each of selector.split(';')) {
    const [facilities, rest] = each.split('.') as [string, string]
    if (!facilities.split(',').some(name => name === '*' || facilityNumber(name) === facility)) continue
    const name = rest.replace(/^[!=]*/, '')
    const not = rest.startsWith('!')
    if (name === 'none') wanted = not
    else if (name === '*') wanted = !not
    else {
      const number = levelNumber(name)!
      if (rest.includes('=') ? level === number : level <= number) wanted = !not
    }
  }
  return wanted
}

test('every selector means what the rules say, for every facility and level', () => {
  fc.assert(
    fc.property(selectorText, fc.nat(23), fc.nat(7), (text, facility, level) => {
      const mask = parsePriorities(text)
      assert.equal((mask[facility]! & (1 << level)) !== 0, reference(text, facility, level))
    }),
  )
})

test('a mask that is shown is read back as the same', () => {
  fc.assert(
    fc.property(selectorText, text => {
      const mask = parsePriorities(text)
      assert.deepEqual(parsePriorities(showPriorities(mask)), mask)
    }),
  )
  assert.equal(showPriorities(parsePriorities('*.info;mail.none')), '*.info;mail.none')
  assert.equal(showPriorities(parsePriorities('kern.err')), 'kern.err')
})

test('conditions on subsystem, device, host and text', () => {
  const usb = record({ dictionary: { SUBSYSTEM: 'usb', DEVICE: '+usb:1-1' } })
  const cases: [string[], boolean][] = [
    [['subsystem=usb'], true],
    [['*.info', 'subsystem=pci,usb'], true],
    [['subsystem!=usb'], false],
    [['kern.err', 'subsystem=usb'], false],
    [['device=+usb:1-1'], true],
    [['text=new device'], true],
    [['text=New device'], false],
    [['text!=device'], false],
    [['text~^usb [0-9-]+:'], true],
    [['text~(?i)NEW'], true],
    [['text!~^pci'], true],
    [['text~^usb', 'host=here'], false],
  ]
  for (const [words, expected] of cases) assert.equal(selects(parseSelector(words), usb), expected, words.join(' '))
})

test('what user space wrote to /dev/kmsg is not the kernel', () => {
  const selector = parseSelector(['kern.*'])
  assert.equal(selects(selector, record({ facility: undefined, userSpace: true })), false)
  assert.equal(selects(selector, record({ facility: 1 })), false)
  assert.equal(selects(selector, record({ facility: undefined })), true)
})

test('a facility that nobody knows is taken by those who take user messages', () => {
  assert.equal(selects(parseSelector(['*.*']), record({ facility: 99 })), true)
  assert.equal(selects(parseSelector(['kern.*']), record({ facility: 99 })), false)
})

test('no pattern can stall: time grows with the text', () => {
  const selector = parseSelector(['text~(a+)+$|(a|aa)+$|([a-z]*)*\\d'])
  const started = process.cpuUsage()
  for (let i = 0; i < 20; i++) assert.equal(selects(selector, record({ text: `${'a'.repeat(1000)}!` })), false)
  // a backtracking engine would need years
  assert.ok(process.cpuUsage(started).user < 5_000_000)
})

test('patterns that cannot be are refused', () => {
  for (const pattern of ['(', 'a{1001}', '(?<=a)b', '\\1', '((a{100}){100}){100}', 'a'.repeat(1001)]) {
    assert.throws(() => parseSelector([`text~${pattern}`]), SelectorError, pattern)
  }
  assert.throws(() => parseSelector(['kind=kernel-sneeze']), /there is no such kind/)
})
