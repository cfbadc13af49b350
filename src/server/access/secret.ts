// Secrets of 256 bits, of which the store has only the hash.

import { createHash, randomBytes } from 'node:crypto'

/** The prefix tells scanners of repositories what it is. */
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

/** Of a secret that nobody can guess; a password needs more (passwords.ts). SHA-256, hex. */
export const secretHash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Longer ones are none of ours. */
export const MAX_SECRET = 200
