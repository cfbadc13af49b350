// A guest that stays: its console is this terminal.

import { rmSync } from 'node:fs'
import { machineOptions, prepareGuest } from './boot.ts'
import type { Guest } from './guests/index.ts'
import { accelerated } from './kvm.ts'
import { runFolder } from './run-folder.ts'
import { Session } from './session.ts'

/** Boots the guest with a shell on its console until that exits. Modules are in /lab/modules: insmod /lab/modules/fl.ko. */
export async function openShell(guest: Guest): Promise<void> {
  const prepared = await prepareGuest(guest)
  const files = { shell: 'stty echo; sh' }
  const own = runFolder(`shell.${guest.name}`)
  const options = machineOptions(prepared, { files }, own.folder)
  process.once('exit', () => rmSync(own.folder, { recursive: true, force: true }))
  const session = new Session({
    ...(await accelerated(guest, options)),
    onConsole: chunk => process.stdout.write(chunk),
  })
  if (!(await session.ready(1, guest.bootSeconds))) {
    await session.machine.stop()
    throw new Error(`${guest.name} did not boot: ${session.machine.complaint}`)
  }
  const finished = session.phase('shell', Number.MAX_SAFE_INTEGER / 1000)
  process.stdin.setRawMode?.(true)
  process.stdin.on('data', chunk => session.machine.type(chunk.toString('latin1')))
  process.stdin.on('end', () => session.machine.type('exit\n'))
  await finished
  await session.machine.stop()
  process.stdin.setRawMode?.(false)
  process.stdin.destroy()
}
