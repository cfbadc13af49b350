// faultline stacktrace: what the kernel's scripts/decode_stacktrace.sh does, with its arguments; standard input to
// standard output, a line as soon as it comes.

import type { Command } from 'commander'
import { StacktraceDecoder } from '../../core/localise/stacktrace.ts'
import { serversOf } from '../../node/debuginfod.ts'
import { type DebugOptions, debugFiles, defineDebugOptions } from '../debug-options.ts'
import { type ExitCode, exitCode, Trouble } from '../exit.ts'
import type { CommandDefinition } from '../program.ts'
import type { Terminal } from '../terminal.ts'

interface StacktraceOptions extends DebugOptions {
  release?: string
}

const help = `
As scripts/decode_stacktrace.sh of the kernel's source: reads a log, writes it with "function (file:line)" in its frames,
inlined calls before. Modules are looked for below MODULES, or beside VMLINUX as distributions lay them out. VMLINUX may be
an index of "faultline symbols build". Behind a line of code ("Code:") stand its instructions, as scripts/decodecode shows
them. With a debuginfod server and no VMLINUX the kernel is found by the build ID in the log.

Examples:
  dmesg | faultline stacktrace vmlinux
  faultline stacktrace vmlinux auto /lib/modules/6.1.0 < oops.txt
  faultline stacktrace -r 6.1.0-56-amd64 < oops.txt

Exit status: 0 something was put in, 1 nothing was, 2 no debug files were given or one could not be read.`

/** After so many lines whatever else waits gets its turn. */
const TURN_LINES = 256

async function run(terminal: Terminal, command: Command): Promise<ExitCode> {
  const { release, ...options } = command.opts<StacktraceOptions>()
  const [vmlinux = options.vmlinux, basePath, modules] = command.args
  const byServer = serversOf(options.debuginfod ?? terminal.env['DEBUGINFOD_URLS']).length > 0
  if (vmlinux === undefined && release === undefined && options.debugDir === undefined && !byServer) {
    throw new Trouble('no kernel given: name a VMLINUX, or a release with -r, or a debuginfod server')
  }
  const files = debugFiles(
    {
      ...options,
      ...(vmlinux !== undefined && { vmlinux }),
      ...(modules !== undefined && { modules: [...(options.modules ?? []), modules] }),
    },
    terminal,
  )
  // With neither file nor release the log itself says which kernel it is of, for a server that has it.
  let logBuildId: string | undefined
  const named = vmlinux !== undefined || release !== undefined || options.debugDir !== undefined
  const kernel = named ? await files.code(undefined, release) : undefined
  if (kernel !== undefined && 'unknown' in kernel) throw new Trouble(kernel.detail)
  let arch = kernel?.machine?.arch
  const find = async (module: string | undefined, buildId: string | undefined) => {
    const code = await files.code(module, release, module === undefined && !named ? (buildId ?? logBuildId) : buildId)
    if (!('unknown' in code)) arch ??= code.machine?.arch
    return code
  }
  const decoder = new StacktraceDecoder({
    find,
    identified: buildId => {
      logBuildId ??= buildId
    },
    missing: ({ detail }) => terminal.complain(detail),
    decodeCode: async (line, counter) => {
      if (arch === undefined) return undefined
      // Most logs that are piped through have none: disassemblers are loaded when one comes.
      const [{ decodedCode }, { findDisassembler }] = await Promise.all([
        import('../../core/localise/code-line.ts'),
        import('../../node/disassemblers/index.ts'),
      ])
      return decodedCode(line, arch, findDisassembler, counter)
    },
    ...(basePath !== undefined && basePath !== 'auto' && { basePath }),
  })
  let changed = false
  let lines = 0
  const input = await terminal.open('-')
  for await (const line of linesOf(input.chunks)) {
    const decoded = await decoder.push(line)
    changed ||= decoded !== line
    await terminal.print(`${decoded}\n`)
    // A file that is read and written at once leaves no turn to anything else; the launcher's timer waits for one.
    if (++lines % TURN_LINES === 0) await new Promise(resolve => setImmediate(resolve))
  }
  return changed ? exitCode.found : exitCode.nothing
}

/** Lines of a stream, each as soon as its end has come. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}

export const stacktrace: CommandDefinition = {
  name: 'stacktrace',
  summary: "places in a log's frames, as the kernel's decode_stacktrace.sh",
  define: command => {
    command
      .argument('[VMLINUX]', 'the kernel with debug information')
      .argument('[BASE]', 'folder to take off the front of file names; "auto" (the default): where it was built')
      .argument('[MODULES]', 'folder of modules with debug information')
      .option('-r, --release <RELEASE>', 'find the kernel of this release below /usr/lib/debug and --debug-dir')
    defineDebugOptions(command)
    command.addHelpText('after', help)
  },
  run,
}
