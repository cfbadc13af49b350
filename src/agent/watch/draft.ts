// A report that was found → what the spool keeps.

import { hostname } from 'node:os'
import type { Draft } from '../bundles/bundle.ts'
import type { Channel } from './channel.ts'
import type { Found } from './lane.ts'

/** Whose words the report is made of: this machine's, or those of the sender that the records or the source name. */
export function hostOf({ cutting }: Found, { source }: Channel, stream: string): string {
  return source.own ? hostname() : (cutting.host ?? (stream === '' ? hostname() : stream))
}

export function draftOf(
  { report, cutting, endedBy }: Found,
  { source, road }: Channel,
  { host, bootId, version }: { host: string; bootId: string; version: string },
): Draft {
  return {
    report,
    // What came too long ago is there as it was read.
    excerpt: cutting.missing === 0 ? cutting.excerpt : Buffer.from(`${report.text}\n`),
    context: cutting.context,
    origin: {
      source: road ?? source.name,
      host,
      ...(source.own && bootId !== '' ? { bootId } : {}),
      ...(cutting.sequence === undefined ? {} : { sequence: cutting.sequence }),
      lost: cutting.lost,
      capturedAt: new Date(cutting.capturedAt ?? Date.now()).toISOString(),
      endedBy,
      agent: { version },
    },
  }
}
