// A record of the ring buffer as `dmesg -r` prints it, so that the decoder reads it as any log.

export interface PrintkRecord {
  nanoseconds: bigint
  facility: number
  level: number
  /** printk_info.caller_id: bit 31 set for a CPU, a task's number otherwise */
  caller?: number
  text: Uint8Array
}

const encoder = new TextEncoder()
const LINE_FEED = 10

export function printkLine({ nanoseconds, facility, level, caller, text }: PrintkRecord): Uint8Array[] {
  const seconds = (nanoseconds / 1_000_000_000n).toString().padStart(5)
  const micros = ((nanoseconds / 1000n) % 1_000_000n).toString().padStart(6, '0')
  const by = caller === undefined ? '' : `[${callerName(caller).padStart(6)}]`
  const prefix = encoder.encode(`<${facility * 8 + level}>[${seconds}.${micros}]${by} `)
  const lines: Uint8Array[] = []
  for (let at = 0; at <= text.length; ) {
    const end = text.indexOf(LINE_FEED, at)
    const line = text.subarray(at, end < 0 ? text.length : end)
    lines.push(prefix, line, Uint8Array.of(LINE_FEED))
    at += line.length + 1
    if (at === text.length) break
  }
  return lines
}

const callerName = (id: number): string => (id >= 0x80000000 ? `C${id - 0x80000000}` : `T${id}`)
