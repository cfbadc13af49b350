// A guest that stays: its console is this terminal.

import { join } from 'node:path'
import { machineOptions, prepareGuest } from './boot.ts'
import { cacheFolder } from './cache.ts'
import type { Guest } from './guests/index.ts'
import { Session } from './session.ts'

/** Boots the guest with a shell on its console. Modules are in /lab/modules: insmod /lab/modules/fl.ko. */
export async function openShell(guest: Guest): Promise<void> {
  const prepared = await prepareGuest(guest)
  const files = { shell: 'stty echo; sh' }
  const options = machineOptions(prepared, { files }, join(cacheFolder, 'logs', `shell.${guest.name}`))
  const session = new Session({ ...options, onConsole: chunk => process.stdout.write(chunk) })
  if (!(await session.ready(1, guest.bootSeconds))) {
    await session.machine.stop()
    throw new Error(`${guest.name} did not boot: ${session.machine.complaint}`)
  }
  session.machine.type('shell\n')
  process.stdin.setRawMode?.(true)
  process.stdin.on('data', chunk => session.machine.type(chunk.toString('latin1')))
  process.stdin.on('end', () => void session.machine.stop())
  await session.machine.ended
  process.stdin.setRawMode?.(false)
  process.stdin.destroy()
}
