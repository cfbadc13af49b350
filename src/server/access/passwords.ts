// Passwords: Argon2id (RFC 9106) of Node's own crypto, kept as a PHC string, so that the cost can grow and old ones still
// be checked.

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { say } from '../../core/say.ts'
import { Gate } from '../gate.ts'
import { Refusal } from '../intake/refusal.ts'

export interface Cost {
  memoryKiB: number
  passes: number
  lanes: number
}

/** RFC 9106 §4, the second recommended option with one lane: 64 MiB, a few tenths of a second of one core. */
export const cost: Cost = { memoryKiB: 64 * 1024, passes: 3, lanes: 1 }

const SALT_BYTES = 16
const TAG_BYTES = 32
/** NIST SP 800-63B: length is what counts. */
export const MIN_PASSWORD = 10
const MAX_PASSWORD = 256
/** Throws Refusal where it is too short, or the user's own name. */
export function assertGood(password: string, name: string): void {
  const length = [...password].length
  if (length < MIN_PASSWORD || length > MAX_PASSWORD) {
    throw new Refusal(400, say`password: expected ${MIN_PASSWORD} to ${MAX_PASSWORD} characters, found ${length}`)
  }
  if (password.toLowerCase().includes(name.toLowerCase()) && length < name.length + MIN_PASSWORD) {
    throw new Refusal(400, say`password: expected one that is not the name with a little added`)
  }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

// $argon2id$v=19$m=65536,t=3,p=1$<salt>$<tag>
const phc = /^\$argon2id\$v=19\$m=(?<m>\d{1,8}),t=(?<t>\d{1,4}),p=(?<p>\d{1,3})\$(?<salt>[\w+/]+)\$(?<tag>[\w+/]+)$/

export class Passwords {
  readonly #cost: Cost
  /** Each needs its memory: two at once, a few wait. */
  readonly #gate = new Gate({
    atOnce: 2,
    waiting: 32,
    words: say`too many logins at once. Try again in a few seconds.`,
  })
  #nobody: Promise<string> | undefined

  constructor(at: Cost = cost) {
    this.#cost = at
  }

  /** Throws Refusal 503. */
  async hash(password: string): Promise<string> {
    const { memoryKiB, passes, lanes } = this.#cost
    const salt = randomBytes(SALT_BYTES)
    const tag = await this.#derive(password, salt, this.#cost, TAG_BYTES)
    return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${base64(salt)}$${base64(tag)}`
  }

  /** 'outdated': it is right and should be hashed anew at today's cost. Throws Refusal 503. */
  async check(kept: string | undefined, password: string): Promise<'wrong' | 'right' | 'outdated'> {
    // When there is no such user another is checked, so that the time does not tell.
    this.#nobody ??= this.hash(randomBytes(16).toString('hex'))
    const groups = phc.exec(kept ?? (await this.#nobody))?.groups
    if (groups === undefined) return 'wrong'
    const { m, t, p, salt, tag } = groups as Record<'m' | 't' | 'p' | 'salt' | 'tag', string>
    const at: Cost = { memoryKiB: Number(m), passes: Number(t), lanes: Number(p) }
    const right = Buffer.from(tag, 'base64')
    const found = await this.#derive(password, Buffer.from(salt, 'base64'), at, right.length)
    if (!timingSafeEqual(found, right) || kept === undefined) return 'wrong'
    const same = (Object.keys(at) as (keyof Cost)[]).every(each => at[each] === this.#cost[each])
    return same ? 'right' : 'outdated'
  }

  #derive(password: string, salt: Buffer, { memoryKiB, passes, lanes }: Cost, tagLength: number): Promise<Buffer> {
    // The same characters typed on another keyboard: NIST SP 800-63B §3.1.1.2.
    const message = password.normalize('NFKC')
    const cost = { memory: memoryKiB, passes, parallelism: lanes }
    return this.#gate.pass(
      'all',
      () =>
        new Promise((resolve, reject) =>
          argon2('argon2id', { message, nonce: salt, tagLength, ...cost }, (error, tag) =>
            error === null ? resolve(tag) : reject(error),
          ),
        ),
    )
  }
}
