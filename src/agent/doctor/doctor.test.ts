// What a machine could not capture, on machines that are folders.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemAt } from '../system.ts'
import { checks } from './checks/index.ts'
import { examine, mending } from './doctor.ts'

const made: string[] = []
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

function machine(files: Record<string, string | Uint8Array>) {
  const root = mkdtempSync(join(tmpdir(), 'faultline-doctor-'))
  made.push(root)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return systemAt(root)
}

const found = (files: Record<string, string | Uint8Array>) => examine(machine(files), '/var/lib/faultline')
const levelOf = (files: Record<string, string | Uint8Array>, check: string) =>
  found(files).find(each => each.check === check)?.level
const nothingBefore = () => undefined

const pstore = { '/sys/fs/pstore/x': '', '/sys/module/pstore/parameters/backend': 'ramoops\n' }

const cases: [check: string, files: Record<string, string>, level: string | undefined][] = [
  ['a road for last words', {}, 'problem'],
  ['a road for last words', pstore, 'good'],
  ['a road for last words', { '/sys/kernel/kexec_crash_loaded': '1\n' }, 'good'],
  ['a road for last words', { '/proc/consoles': 'tty0                 -WU (EC p  )    4:1\n' }, 'problem'],
  ['a road for last words', { '/proc/consoles': 'ttyS0                -W- (EC p a)    4:64\n' }, 'good'],
  ['a road for last words', { '/sys/kernel/config/netconsole/a/enabled': '1\n' }, 'good'],
  ['pstore back end', {}, undefined],
  ['pstore back end', { ...pstore, '/sys/module/pstore/parameters/backend': '(null)\n' }, 'problem'],
  ['pstore mount', { ...pstore, '/proc/mounts': 'pstore /sys/fs/pstore pstore rw 0 0\n' }, 'good'],
  ['pstore mount', { ...pstore, '/proc/mounts': 'proc /proc proc rw 0 0\n' }, 'problem'],
  ['ramoops record size', { '/sys/module/ramoops/parameters/record_size': '4096\n' }, 'problem'],
  ['ramoops record size', { '/sys/module/ramoops/parameters/record_size': '65536\n' }, 'good'],
  ['ramoops console', { '/sys/module/ramoops/parameters/console_size': '0\n' }, 'advice'],
  ['what is dumped', { ...pstore, '/sys/module/ramoops/parameters/max_reason': '1\n' }, 'problem'],
  ['pstore beside kdump', { ...pstore, '/sys/kernel/kexec_crash_loaded': '1' }, 'advice'],
  [
    'pstore beside kdump',
    { ...pstore, '/sys/kernel/kexec_crash_loaded': '1', '/proc/cmdline': 'a crash_kexec_post_notifiers=1' },
    'good',
  ],
  ['kdump', { '/sys/kernel/kexec_crash_loaded': '0', '/sys/kernel/kexec_crash_size': '268435456' }, 'problem'],
  ['kdump', { '/sys/kernel/kexec_crash_loaded': '0', '/sys/kernel/kexec_crash_size': '0' }, 'advice'],
  ['console log level', { '/proc/sys/kernel/printk': '4\t4\t1\t7\n' }, 'advice'],
  ['console log level', { '/proc/sys/kernel/printk': '7\t4\t1\t7\n' }, 'good'],
  ['time stamps', { '/sys/module/printk/parameters/time': 'N\n' }, 'problem'],
  ['rcu stalls', { '/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress': '1\n' }, 'problem'],
  ['kernel.hung_task_warnings', { '/proc/sys/kernel/hung_task_warnings': '0\n' }, 'problem'],
  ['kernel.hung_task_warnings', { '/proc/sys/kernel/hung_task_warnings': '10\n' }, 'advice'],
  ['kernel.hung_task_warnings', { '/proc/sys/kernel/hung_task_warnings': '-1\n' }, 'good'],
  ['kernel.hung_task_timeout_secs', { '/proc/sys/kernel/hung_task_timeout_secs': '0\n' }, 'problem'],
  ['kernel.kptr_restrict', { '/proc/sys/kernel/kptr_restrict': '2\n' }, 'problem'],
  ['kernel.kptr_restrict', { '/proc/sys/kernel/kptr_restrict': '1\n' }, 'good'],
  ['kernel.panic', { '/proc/sys/kernel/panic': '0\n' }, 'advice'],
  ['kernel.panic', { '/proc/sys/kernel/panic': '-1\n' }, 'good'],
  ['kernel.panic', {}, undefined],
  ['CONFIG_KALLSYMS', { '/proc/sys/kernel/osrelease': '6.1\n', '/boot/config-6.1': 'CONFIG_BUG=y\n' }, 'problem'],
  ['CONFIG_KALLSYMS', { '/proc/sys/kernel/osrelease': '6.1\n', '/boot/config-6.1': 'CONFIG_KALLSYMS=y\n' }, 'good'],
  ['CONFIG_KALLSYMS', {}, undefined],
  ['taint', { '/proc/sys/kernel/tainted': '640\n' }, 'advice'],
  ['where bundles are kept', { '/proc/mounts': 'a / ext4 rw 0 0\nb /var tmpfs rw 0 0\n' }, 'problem'],
  ['where bundles are kept', { '/proc/mounts': 'a / ext4 rw 0 0\nb /variable tmpfs rw 0 0\n' }, 'good'],
  ['where bundles are kept', { '/proc/mounts': 'a / squashfs ro 0 0\n' }, 'problem'],
]

test('each check says what is so', () => {
  for (const [check, files, level] of cases) {
    assert.equal(levelOf(files, check), level, `${check} with ${JSON.stringify(files)}`)
  }
})

test('the configuration that the kernel carries itself', () => {
  const files = { '/proc/config.gz': gzipSync('CONFIG_PRINTK=y\nCONFIG_LOG_BUF_SHIFT=17\n# CONFIG_BUG is not set\n') }
  assert.equal(levelOf(files, 'CONFIG_PRINTK'), 'good')
  assert.equal(levelOf(files, 'CONFIG_BUG'), 'problem')
  assert.equal(levelOf(files, 'size of the log'), 'advice')
  assert.equal(levelOf({ '/proc/config.gz': 'torn' }, 'CONFIG_BUG'), undefined)
})

test('names are told apart, and what is not good says what to do', () => {
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length)
  for (const [, files] of cases) {
    for (const { level, means } of found(files)) assert.equal(means === undefined, level === 'good')
  }
})

const wrong = {
  ...pstore,
  '/proc/sys/kernel/hung_task_warnings': '0\n',
  '/proc/sys/kernel/panic': '0\n',
  '/sys/module/ramoops/parameters/record_size': '4096\n',
  '/sys/module/ramoops/parameters/ecc': '0\n',
  '/sys/module/printk/parameters/time': 'N\n',
}

test('--fix: files for problems, for advice too when all is asked for', () => {
  const some = mending(found(wrong), false, nothingBefore)
  assert.deepEqual(
    some.files.map(({ path, text }) => [path, text.split('\n').slice(1, -1)]),
    [
      ['/etc/sysctl.d/60-faultline.conf', ['kernel.hung_task_warnings = -1']],
      ['/etc/modules-load.d/faultline.conf', ['ramoops']],
      ['/etc/modprobe.d/faultline.conf', ['options ramoops record_size=65536']],
    ],
  )
  assert.deepEqual(some.commandLine, ['printk.time=1'])
  const all = mending(found(wrong), true, nothingBefore)
  assert.deepEqual(all.files.map(({ text }) => text.split('\n').slice(1, -1)).slice(0, 3), [
    ['kernel.panic = 10', 'kernel.hung_task_warnings = -1'],
    ['ramoops'],
    ['options ramoops record_size=65536', 'options ramoops ecc=1'],
  ])
})

test('--fix: what was mended before stays; a file of someone else is not touched', () => {
  const first = mending(found(wrong), false, nothingBefore).files[0]!.text
  const later = mending(found({ '/proc/sys/kernel/kptr_restrict': '2\n' }), false, path =>
    path.includes('sysctl') ? first : undefined,
  )
  assert.deepEqual(later.files[0]!.text.split('\n').slice(1, -1), [
    'kernel.hung_task_warnings = -1',
    'kernel.kptr_restrict = 1',
  ])
  assert.throws(
    () => mending(found(wrong), false, () => 'kernel.panic = 1\n'),
    /60-faultline\.conf is there and not of faultline/,
  )
  assert.deepEqual(mending([], true, nothingBefore), { files: [], sysctls: [], commandLine: [] })
})
