// The logs in ramoops' zones: dumps with a header and perhaps compressed, and the console as it was printed.

import type { ByteFile } from '../../bytes/byte-file.ts'
import { latin1 } from '../../bytes/cursor.ts'
import { inflateRecord, looksLikeText, type RecoveredLog, type RecoverHost } from '../recovered-log.ts'
import { HEADER_BYTES, readZones, type Zone } from './zones.ts'

// fs/pstore/ram.c, ramoops_write_kmsg_hdr(): "====1795330616.210113-C\n"; without the letter before 3.18
const recordHeader = /^====(?<seconds>\d{1,20})\.(?<micros>\d{1,9})(?:-(?<form>[CD]))?\n/

/** All logs that ramoops left in an image of its memory, in the order of its zones. */
export async function recoverRamoops(file: ByteFile, host: RecoverHost): Promise<RecoveredLog[]> {
  const zones = await readZones(file)
  const logs: RecoveredLog[] = []
  let others = 0
  for (const [index, zone] of zones.entries()) {
    const header = recordHeader.exec(latin1(zone.content.subarray(0, 40)))
    if (header !== null) {
      logs.push(await dumpOf(zone, header, `dmesg-ramoops-${index}`, host))
    } else if (zone.content.length === 0) {
      // An empty zone says nothing of what it is for.
    } else if (looksLikeText(zone.content)) {
      // Behind the dumps stands the console, then what user space wrote: ramoops_probe().
      const [name, by] = others++ === 0 ? (['console', 'kernel'] as const) : (['pmsg', 'user'] as const)
      logs.push(logOf(zone, `${name}-ramoops-0`, by, zone.content))
    }
  }
  return logs
}

async function dumpOf(zone: Zone, header: RegExpExecArray, name: string, host: RecoverHost): Promise<RecoveredLog> {
  const { seconds = '', micros = '', form } = header.groups ?? {}
  const body = zone.content.subarray(header[0].length)
  const log = logOf(zone, name, 'kernel', body)
  log.wallUs = Number(seconds) * 1e6 + Number(micros)
  if (form !== 'C') return log
  const { bytes, damage } = await inflateRecord(body, host)
  if (damage !== undefined) log.damage.push(damage)
  return { ...log, text: bytes }
}

function logOf(zone: Zone, name: string, by: RecoveredLog['by'], text: Uint8Array): RecoveredLog {
  return { name, by, offset: zone.offset + HEADER_BYTES, text, damage: [...zone.damage] }
}
