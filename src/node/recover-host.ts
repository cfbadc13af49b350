// What Node lends the readers of dead kernels' stores: its zlib, with what it inflated before it met damage.

import { createInflate, createInflateRaw, inflate, inflateRaw } from 'node:zlib'
import type { Inflated, RecoverHost } from '../core/formats/recovered-log.ts'
import { nodeDecoders } from './host-decoders.ts'

/** So much is given to zlib at once where a record is damaged: what it made of the damaged piece is lost. */
const PIECE_BYTES = 64

export const nodeRecoverHost: RecoverHost = {
  inflate: (bytes, form, limit) =>
    new Promise(resolve => {
      const whole = form === 'raw' ? inflateRaw : inflate
      whole(bytes, { maxOutputLength: limit }, (error, inflated) => {
        resolve(error === null ? { bytes: inflated } : inflateSome(bytes, form, limit))
      })
    }),
  zstd: (frame, limit) => nodeDecoders.zstd(frame, limit).catch(() => undefined),
}

/** Piece by piece, up to the damage. */
function inflateSome(bytes: Uint8Array, form: 'raw' | 'zlib', limit: number): Promise<Inflated> {
  return new Promise(resolve => {
    const stream = form === 'raw' ? createInflateRaw() : createInflate()
    const pieces: Buffer[] = []
    let length = 0
    let settled = false
    const settle = (damage: string): void => {
      if (settled) return
      settled = true
      stream.destroy()
      resolve({ bytes: Buffer.concat(pieces).subarray(0, limit), damage })
    }
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece)
      length += piece.length
      if (length > limit) settle(`it inflates to more than ${limit} bytes`)
    })
    stream.on('error', error => settle(`its compressed data is damaged: ${error.message}`))
    stream.on('end', () => settle('bytes behind its compressed data'))
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
  })
}
