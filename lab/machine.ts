// One QEMU process: its console as bytes, its monitor as commands.

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, type WriteStream } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** A guest that says more than this is stopped: nothing legitimate fills it. */
const CONSOLE_LIMIT_BYTES = 512 * 1024 * 1024

export interface MachineOptions {
  program: string
  args: readonly string[]
  /** the console is also written here while it comes */
  logFile?: string
  /** called with each piece of console output */
  onConsole?: (chunk: Buffer) => void
}

const running = new Set<Machine>()
let watching = false

/** Whatever ends this process, short of SIGKILL, ends its guests too. */
function watchForTheEnd(): void {
  if (watching) return
  watching = true
  const killAll = (): void => {
    for (const machine of running) machine.killNow()
  }
  process.on('exit', killAll)
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => {
      killAll()
      process.exit(128 + number)
    })
  }
}

/** A running QEMU. `ended` settles when the process is gone; everything of it is cleaned up then. */
export class Machine {
  readonly ended: Promise<number>
  readonly folder: string
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  private readonly log: WriteStream | undefined
  private readonly complaints: Buffer[] = []
  private readonly readers = new Set<(chunk: Buffer) => void>()
  private monitor: Promise<Monitor> | undefined
  private bytes = 0
  running = true

  constructor({ program, args, logFile, onConsole }: MachineOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'faultline-lab-'))
    if (onConsole) this.readers.add(onConsole)
    this.log = logFile === undefined ? undefined : createWriteStream(logFile)
    const socket = join(this.folder, 'monitor')
    const own = [
      '-display',
      'none',
      '-serial',
      'stdio',
      '-monitor',
      'none',
      '-qmp',
      `unix:${socket},server=on,wait=off`,
    ]
    this.child = spawn(program, [...args, ...own], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stdin.on('error', () => {})
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk))
    this.child.stderr.on('data', (chunk: Buffer) => this.complaints.push(chunk))
    this.ended = new Promise(resolve => {
      this.child.on('error', error => {
        this.complaints.push(Buffer.from(`${program}: ${error.message}`))
        resolve(this.close(-1))
      })
      this.child.on('close', code => resolve(this.close(code ?? -1)))
    })
    watchForTheEnd()
    running.add(this)
  }

  /** What QEMU itself complained of. */
  get complaint(): string {
    return Buffer.concat(this.complaints).toString().trim()
  }

  /** Types on the console. */
  type(text: string): void {
    this.child.stdin.write(text)
  }

  /** A command of the QEMU Machine Protocol; its `return` value. */
  async command(execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.monitor ??= Monitor.open(join(this.folder, 'monitor'))
    return (await this.monitor).command(execute, args)
  }

  /** Calls `met` for each event of this name, with its reason where it has one. */
  async on(event: string, met: (reason: string) => void): Promise<void> {
    this.monitor ??= Monitor.open(join(this.folder, 'monitor'))
    const monitor = await this.monitor
    monitor.events.set(event, met)
  }

  /** A command of the human monitor, for what the protocol lacks. */
  async humanCommand(line: string): Promise<string> {
    return String(await this.command('human-monitor-command', { 'command-line': line }))
  }

  async stop(): Promise<void> {
    if (this.running) this.child.kill('SIGKILL')
    await this.ended
  }

  /** Without waiting: this process is about to end. */
  killNow(): void {
    this.child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length
    if (this.bytes > CONSOLE_LIMIT_BYTES) {
      this.complaints.push(Buffer.from('the guest printed more than the lab takes'))
      this.child.kill('SIGKILL')
      return
    }
    this.log?.write(chunk)
    for (const reader of this.readers) reader(chunk)
  }

  private close(code: number): number {
    this.running = false
    running.delete(this)
    this.log?.end()
    void this.monitor?.then(
      monitor => monitor.close(),
      () => {},
    )
    rmSync(this.folder, { recursive: true, force: true })
    return code
  }
}

interface Answer {
  return?: unknown
  error?: { desc: string }
  event?: string
  data?: { reason?: string }
  QMP?: unknown
}

/** QEMU's docs/interop/qmp-spec: JSON objects, one a line; a greeting first, answers in order, events in between. */
class Monitor {
  readonly events = new Map<string, (reason: string) => void>()
  private readonly socket: Socket
  private readonly waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []
  private text = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => this.take(chunk))
    const fail = (): void => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error('QEMU has ended'))
    }
    socket.on('error', fail)
    socket.on('close', fail)
  }

  static async open(path: string): Promise<Monitor> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const connection = connect(path, () => resolve(connection))
      connection.once('error', reject)
    })
    const monitor = new Monitor(socket)
    await monitor.command('qmp_capabilities', {})
    return monitor
  }

  command(execute: string, args: Record<string, unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.socket.write(`${JSON.stringify({ execute, arguments: args })}\n`)
    })
  }

  close(): void {
    this.socket.destroy()
  }

  private take(chunk: string): void {
    this.text += chunk
    for (;;) {
      const end = this.text.indexOf('\n')
      if (end < 0) return
      const answer = JSON.parse(this.text.slice(0, end)) as Answer
      this.text = this.text.slice(end + 1)
      if (answer.event !== undefined) this.events.get(answer.event)?.(answer.data?.reason ?? '')
      if (answer.QMP !== undefined || answer.event !== undefined) continue
      const waiter = this.waiting.shift()
      if (answer.error) waiter?.reject(new Error(`QEMU: ${answer.error.desc}`))
      else waiter?.resolve(answer.return)
    }
  }
}
