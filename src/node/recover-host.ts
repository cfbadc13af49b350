// What Node lends the readers of dead kernels' stores: its zlib, with what it inflated before it met damage.

import { createInflate, createInflateRaw } from 'node:zlib'
import type { Inflated, RecoverHost } from '../core/formats/recovered-log.ts'

/** So much is given to zlib at once: what it made of a piece that turns out to be damaged is lost. */
const PIECE_BYTES = 64

export const nodeRecoverHost: RecoverHost = {
  inflate: (bytes, form, limit) =>
    new Promise<Inflated>(resolve => {
      const stream = form === 'raw' ? createInflateRaw() : createInflate()
      const pieces: Buffer[] = []
      let length = 0
      let settled = false
      const settle = (damage?: string): void => {
        if (settled) return
        settled = true
        stream.destroy()
        const inflated = Buffer.concat(pieces).subarray(0, limit)
        resolve({ bytes: inflated, ...(damage === undefined ? {} : { damage }) })
      }
      stream.on('data', (piece: Buffer) => {
        pieces.push(piece)
        length += piece.length
        if (length > limit) settle(`it inflates to more than ${limit} bytes`)
      })
      stream.on('end', () => settle())
      stream.on('error', error => settle(`its compressed data is damaged: ${error.message}`))
      let at = 0
      const next = (): void => {
        if (settled) return
        if (at >= bytes.length) {
          stream.end()
          return
        }
        const piece = bytes.subarray(at, at + PIECE_BYTES)
        at += piece.length
        stream.write(piece, next)
      }
      next()
    }),
}
