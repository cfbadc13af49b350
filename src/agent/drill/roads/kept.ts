// Roads that keep what they are given: pstore over a reboot, the spool on disk.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBytes } from '../../../core/decoder.ts'
import { makeFoldersSync } from '../../../node/make-folders.ts'
import { Spool } from '../../bundles/spool.ts'
import { type DrillRoad, drillLine, type Outcome } from '../road.ts'

const pmsgPath = '/dev/pmsg0'

export const pstore: DrillRoad = {
  name: 'pstore',
  what: `a line written to ${pmsgPath}, or the console that pstore keeps, is there after a reboot`,
  async prove({ system, token, written }): Promise<Outcome> {
    const backend = system.text('/sys/module/pstore/parameters/backend')
    if (backend === undefined || backend === '' || backend === '(null)') {
      return { proof: 'absent', what: 'pstore has no back end: faultline doctor says which there could be' }
    }
    if (!/ \/sys\/fs\/pstore pstore /.test(system.text('/proc/mounts') ?? '')) {
      return { proof: 'failed', what: '/sys/fs/pstore is not mounted: what is kept could not be read' }
    }
    if (system.facts(pmsgPath) !== undefined) {
      try {
        writeFileSync(system.path(pmsgPath), `${drillLine(token)}\n`)
        return { proof: 'later', what: `${backend} has it in pmsg: restart, then faultline drill --check` }
      } catch (error) {
        return { proof: 'failed', what: `${pmsgPath} cannot be written: ${(error as NodeJS.ErrnoException).code}` }
      }
    }
    const console = /^(?:pstore|ramoops)/m.test(system.text('/proc/consoles') ?? '')
    if (console && written)
      return { proof: 'later', what: `${backend} has it in its console: restart, then faultline drill --check` }
    return {
      proof: 'later',
      what: `${backend} is armed, and keeps dumps only: an oops or a panic proves it: faultline drill --crash, and after the restart --check`,
    }
  },
}

/** An exception of no kernel: made for the drill and taken away again. */
const sample = (token: string): string =>
  `[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008\n[    1.000001] RIP: 0010:faultline_drill_${token}+0x1/0x2\n`

export const spool: DrillRoad = {
  name: 'spool',
  what: 'a bundle is written beside the spool, durable, read back and verified',
  async prove({ data, token }): Promise<Outcome> {
    let folder: string | undefined
    try {
      makeFoldersSync(data, 0o750)
      folder = mkdtempSync(join(data, '.drill-'))
      const opened = await Spool.open(join(folder, 'bundles'))
      try {
        const excerpt = Buffer.from(sample(token))
        const [report] = decodeBytes(excerpt)
        const began = performance.now()
        const { name } = await opened.write({
          report: report!,
          excerpt,
          origin: {
            source: 'drill',
            host: '',
            lost: 0,
            capturedAt: new Date().toISOString(),
            endedBy: 'input',
            agent: { version: 'drill' },
          },
        })
        const tookMs = Math.round(performance.now() - began)
        const problems = await opened.verify(name)
        if (problems.length > 0)
          return { proof: 'failed', what: `${data}: the bundle did not come back as it was written` }
        return { proof: 'proved', what: `a bundle was on disk below ${data} after ${tookMs} ms, and is whole` }
      } finally {
        await opened.close()
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { proof: 'failed', what: `no bundle can be kept below ${data}: ${why}` }
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    }
  },
}
