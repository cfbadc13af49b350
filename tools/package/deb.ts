// The Debian package, by dpkg-deb alone: deb(5), deb-control(5), Debian Policy §10 for where things go.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { catalogText } from '../../src/agent/routes/targets/journald-catalog.ts'
import { specOf } from '../../src/cli/commands/completions.ts'
import { bashScript, fishScript, zshScript } from '../../src/cli/completion-scripts.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { projectNode } from '../install.mjs'
import { configText } from './config-text.ts'
import { copyrightText } from './copyright.ts'

export interface DebOptions {
  root: string
  /** folder of the package */
  output: string
  /** Node comes with it */
  ownNode: boolean
  /** dpkg-deb -Z */
  compression: string
}

const architectures: Record<string, string> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'armhf',
  ia32: 'i386',
  ppc64: 'ppc64el',
  s390x: 's390x',
  riscv64: 'riscv64',
}

/** npm's packages that stand beside the bundle, and what of them is not needed to run. */
const beside = ['koffi', '@koromix/koffi-linux-', 'iced-x86', '@alexaltea/capstone-js']
const needed = /(?:\.(?:[cm]?js|json|wasm|node)|LICENSE[.\w]*)$/
const needless = /^(?:doc|vendor|tests|musl_\w+)(?:\/|$)|^cnoke\.cjs$/

/** Builds the package; its path. Throws where dpkg-deb is missing or fails. */
export async function buildDeb({ root, output, ownNode, compression }: DebOptions): Promise<string> {
  const architecture = architectures[process.arch]
  if (architecture === undefined) throw new Error(`Debian has no architecture ${process.arch}`)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const tree = mkdtempSync(join(tmpdir(), 'faultline-deb-'))
  try {
    chmodSync(tree, 0o755)
    command(tree, root, ownNode)
    services(tree, root)
    await documents(tree, root)
    control(tree, root, { version, architecture, ownNode })
    mkdirSync(output, { recursive: true })
    const path = join(output, `faultline_${version}_${architecture}.deb`)
    const args = [
      '--build',
      '--root-owner-group',
      `-Z${compression}`,
      ...(compression === 'xz' ? ['-z3'] : []),
      tree,
      path,
    ]
    const { status, error, stderr } = spawnSync('dpkg-deb', args, { encoding: 'utf8' })
    if (error) throw new Error(`dpkg-deb cannot be run (${error.message}): install dpkg, or build on Debian`)
    if (status !== 0) throw new Error(`dpkg-deb failed: ${stderr.trim()}`)
    return path
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeFileSync(path, content)
  chmodSync(path, mode)
}

/** The bundle with its parts, npm's packages beside it, Node, and what stands in the path. */
function command(tree: string, root: string, ownNode: boolean): void {
  const library = join(tree, 'usr/lib/faultline')
  for (const path of globSync(join(root, 'dist/faultline*.mjs'))) put(join(library, basename(path)), readFileSync(path))
  put(join(library, 'sample.log'), readFileSync(join(root, 'dist/sample.log')))
  if (existsSync(join(root, 'dist/web'))) cpSync(join(root, 'dist/web'), join(library, 'web'), { recursive: true })
  for (const folder of packagesBeside(root)) {
    const from = join(root, 'node_modules', folder)
    cpSync(from, join(library, 'node_modules', folder), {
      recursive: true,
      filter: path => {
        const below = path.slice(from.length + 1)
        return !needless.test(below) && (needed.test(below) || statSync(path).isDirectory())
      },
    })
  }
  const node = ownNode ? '/usr/lib/faultline/node' : '/usr/bin/node'
  if (ownNode) {
    const target = join(library, 'node')
    put(target, readFileSync(projectNode()), 0o755)
    // A third of it are symbols for debuggers. Where there is no strip it is larger.
    spawnSync('strip', ['--strip-unneeded', target])
  }
  put(join(tree, 'usr/bin/faultline'), `#!/bin/sh\nexec ${node} /usr/lib/faultline/faultline.mjs "$@"\n`, 0o755)
}

function packagesBeside(root: string): string[] {
  return beside.flatMap(name =>
    name.endsWith('-') ? globSync(`${name}*`, { cwd: join(root, 'node_modules') }) : [name],
  )
}

function services(tree: string, root: string): void {
  const from = join(root, 'packaging')
  const copies: [string, string, number?][] = [
    ['systemd/faultline.service', 'usr/lib/systemd/system/faultline.service'],
    ['systemd/faultline-harvest.service', 'usr/lib/systemd/system/faultline-harvest.service'],
    ['sysusers.d/faultline.conf', 'usr/lib/sysusers.d/faultline.conf'],
    ['tmpfiles.d/faultline.conf', 'usr/lib/tmpfiles.d/faultline.conf'],
    ['sysvinit/faultline', 'etc/init.d/faultline', 0o755],
  ]
  for (const [source, target, mode] of copies) put(join(tree, target), readFileSync(join(from, source)), mode)
  put(join(tree, 'usr/lib/systemd/catalog/faultline.catalog'), catalogText())
  put(join(tree, 'etc/faultline/faultline.conf'), configText())
}

async function documents(tree: string, root: string): Promise<void> {
  for (const path of globSync(join(root, 'docs/man/*.[1-8]'))) {
    const section = path.slice(-1)
    put(join(tree, `usr/share/man/man${section}/${basename(path)}.gz`), gzipSync(readFileSync(path), { level: 9 }))
  }
  const spec = specOf(await buildProgram())
  const completions: [string, string][] = [
    ['bash-completion/completions/faultline', bashScript(spec)],
    ['zsh/vendor-completions/_faultline', zshScript(spec)],
    ['fish/vendor_completions.d/faultline.fish', fishScript(spec)],
  ]
  for (const [place, script] of completions) put(join(tree, 'usr/share', place), script)
  const share = join(tree, 'usr/share/doc/faultline')
  put(join(share, 'copyright'), copyrightText(root))
  for (const path of globSync(join(root, 'docs/*.md'))) put(join(share, basename(path)), readFileSync(path))
}

function control(
  tree: string,
  root: string,
  { version, architecture, ownNode }: { version: string; architecture: string; ownNode: boolean },
): void {
  // https://nodejs.org: Node 24's binaries want glibc 2.28 and the library of GCC 8.
  const depends = ownNode ? 'libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1 | libgcc1' : 'nodejs (>= 24)'
  const fields = {
    Package: 'faultline',
    Version: version,
    Architecture: architecture,
    Maintainer: 'The Faultline maintainers <maintainers@faultline.invalid>',
    'Installed-Size': String(Math.ceil(bytesBelow(tree) / 1024)),
    Depends: depends,
    Suggests: 'kmod, mtd-utils, systemd',
    Section: 'utils',
    Priority: 'optional',
    Description: [
      'captures, keeps, decodes and explains Linux kernel exceptions',
      ' The agent reads what the kernel says, has every oops, panic, warning and stall',
      ' on disk the moment it is printed, with the state of the machine around it, and',
      ' after a reboot collects what the dying kernel left: pstore, ramoops, flash,',
      ' NVRAM, crash dumps. The command decodes any kernel log.',
    ].join('\n'),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  put(join(tree, 'DEBIAN/control'), `${lines.join('\n')}\n`)
  put(join(tree, 'DEBIAN/conffiles'), '/etc/faultline/faultline.conf\n/etc/init.d/faultline\n')
  for (const script of ['postinst', 'prerm', 'postrm']) {
    put(join(tree, 'DEBIAN', script), readFileSync(join(root, 'packaging/debian', script)), 0o755)
  }
}

function bytesBelow(folder: string): number {
  let sum = 0
  for (const path of globSync('**/*', { cwd: folder })) {
    const stat = statSync(join(folder, path))
    if (stat.isFile()) sum += stat.size
  }
  return sum
}
