// The scripts for inits that are not systemd, each parsed and run by its own: OpenRC's, BusyBox' and sysvinit's programs in a
// root file system of their own, which is this machine's with their packages over it, and processes and mounts of its own.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { type DebianArch, fetchPackage, Unavailable } from '../../lab/packages.ts'
import { runProgram } from '../../lab/run-program.ts'
import { isBuilt } from '../../tools/stale.mjs'

const root = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'faultline-init-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const arch: DebianArch = process.arch === 'arm64' ? 'arm64' : 'amd64'
const oops = readFileSync(join(root, 'fixtures/kinds/warning/x86_64-6.1-module/input.log'), 'utf8')

interface Init {
  name: string
  script: string
  /** what it needs of Debian's packages */
  packages: readonly string[]
  /** shell in the new root that makes it ready; $options are the agent's */
  prepare: string
  /** the command that takes start, stop, … */
  service: string
}

const command = '/usr/bin/node /srv/faultline/dist/faultline.mjs'

const inits: readonly Init[] = [
  {
    name: 'OpenRC',
    script: 'openrc/faultline',
    packages: ['openrc', 'librc1', 'libeinfo1', 'insserv'],
    // Of what openrc sysinit makes, and of the services that its distributions bring, no more than is asked for.
    prepare: `for each in starting started stopping inactive wasinactive failed hotplugged daemons options exclusive scheduled tmp; do
  mkdir -p /run/openrc/$each
done
touch /run/openrc/softlevel
printf '#!/sbin/openrc-run\\nstart() { :; }\\n' >/etc/init.d/localmount
chmod 755 /etc/init.d/localmount
mkdir -p /etc/conf.d
echo "FAULTLINE_OPTIONS='$options'" >/etc/conf.d/faultline
rc-update add faultline boot`,
    service: 'rc-service faultline',
  },
  {
    name: 'BusyBox',
    script: 'busybox/S05faultline',
    packages: ['busybox-static'],
    prepare: `mkdir /busybox
busybox --install -s /busybox
printf "NODE=/usr/bin/node\\nFAULTLINE=/srv/faultline/dist/faultline.mjs\\nOPTIONS='%s'\\n" "$options" >/etc/default/faultline`,
    service: 'env -i PATH=/busybox /busybox/sh /etc/init.d/faultline',
  },
  {
    name: 'sysvinit',
    script: 'sysvinit/faultline',
    packages: [],
    prepare: `echo "FAULTLINE_OPTIONS='$options'" >/etc/default/faultline`,
    service: '/etc/init.d/faultline',
  },
]

/** In namespaces of its own: mounts this machine's root under $1 with the trees $2… over it, and runs /steps in that. */
const enter = `set -e
top=$1; shift
mount --make-rprivate /
mount -t tmpfs none "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
cd "$top/root"
rm -rf var/lib/faultline etc/init.d etc/faultline
mkdir -p srv/faultline etc/init.d
for tree in "$@"; do tar -C "$tree" -c . | tar -x --keep-directory-symlink; done
mount -t proc proc proc
mount --rbind /dev dev
mount --rbind /sys sys
mount -t tmpfs none run
mount -t tmpfs none tmp
mount --bind ${root} srv/faultline
cp ${process.execPath} usr/bin/node
printf '#!/bin/sh\\nexec ${command} "$@"\\n' >usr/bin/faultline
chmod 755 usr/bin/faultline
cp "$top.script" etc/init.d/faultline
chmod 755 etc/init.d/faultline
cp "$top.steps" tmp/steps
cp "$top.oops" tmp/oops
exec chroot . /bin/sh /tmp/steps
`

const steps = ({ prepare, service }: Init): string => `
options='--source pipe:/tmp/fifo --no-harvest --collect no'
mkfifo /tmp/fifo
${prepare}
say() { echo "@@ $*"; }
asked() { ${service} "$1"; say "$1 $?"; }
# What is waited for comes within seconds; a busy machine takes some more.
until_() { tries=0; while ! eval "$1" && [ $tries -lt 300 ]; do tries=$((tries + 1)); sleep 0.2; done; eval "$1"; say met $?; }
bundles() { ls /var/lib/faultline/bundles 2>/dev/null | wc -l; }
agents() { n=0; for each in /proc/[0-9]*; do [ "$(tr '\\0' ' ' <$each/cmdline 2>/dev/null | grep -c "^${command} watch ")" = 1 ] && n=$((n + 1)); done; echo $n; }
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
asked start
until_ '[ "$(state)" = "\\"state\\":\\"open\\"" ] || grep -q running /run/faultline/status.json'
asked start
sleep 1
say agents $(agents)
cat /tmp/oops >/tmp/fifo
until_ '[ $(bundles) = 1 ]'
asked reload
asked restart
until_ '[ $(agents) = 1 ] && grep -q running /run/faultline/status.json'
asked stop
until_ '[ $(agents) = 0 ]'
grep -q '"state":"ended"' /run/faultline/status.json; say ended $?
asked start
until_ '[ $(agents) = 1 ] && grep -q running /run/faultline/status.json'
asked stop
say bundles $(bundles)
`

async function ran(context: TestContext, init: Init): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return void context.skip('root is needed for a root file system of its own')
  const trial = spawnSync('unshare', [
    '-m',
    '-p',
    '-f',
    'sh',
    '-c',
    'mount --make-rprivate / && mount -t tmpfs none /mnt',
  ])
  if (trial.status !== 0) return void context.skip(`namespaces cannot be made here: ${trial.stderr ?? trial.error}`)
  try {
    const trees = await Promise.all(init.packages.map(name => fetchPackage(arch, name)))
    if (!isBuilt('cli')) await runProgram(process.execPath, [join(root, 'tools/build.mjs'), 'cli'])
    const top = mkdtempSync(join(folder, 'root-'))
    writeFileSync(`${top}.script`, readFileSync(join(root, 'packaging', init.script)))
    writeFileSync(`${top}.steps`, steps(init))
    writeFileSync(`${top}.oops`, oops)
    const inside = ['sh', '-c', enter, 'sh', top, ...trees.map(tree => tree.folder)]
    const { stdout, stderr } = spawnSync('unshare', ['-m', '-p', '-f', '--kill-child', ...inside], {
      encoding: 'utf8',
      timeout: 240_000,
    })
    return `${stdout}${stderr}`
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return void context.skip(error.message)
  }
}

for (const init of inits) {
  test(`${init.name}: starts the agent once, reads its configuration anew, restarts and stops it`, async context => {
    const output = await ran(context, init)
    if (output === undefined) return
    const said = [...output.matchAll(/^@@ (.*)$/gm)].map(([, line]) => line)
    assert.deepEqual(
      said,
      [
        ...['start 0', 'met 0', 'start 0', 'agents 1', 'met 0'],
        ...['reload 0', 'restart 0', 'met 0', 'stop 0', 'met 0', 'ended 0', 'start 0', 'met 0', 'stop 0', 'bundles 1'],
      ],
      output,
    )
  })
}
