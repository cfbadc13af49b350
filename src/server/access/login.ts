// Logging in: with a password, with the owner's token, or with a code that the server printed once. What is wrong is said
// without saying what, and each further try takes longer.

import { normalizeIP } from '@fastify/rate-limit'
import type { Transaction } from 'kysely'
import { say } from '../../core/say.ts'
import { Refusal } from '../intake/refusal.ts'
import type { Store } from '../store/store.ts'
import type { Tables, UserTable } from '../store/tables.ts'
import { audit } from './audit.ts'
import { type Cost, Passwords } from './passwords.ts'
import type { Vouched } from './provider.ts'
import { newSecret, secretHash } from './secret.ts'
import { type Holder, type Opened, openSession, SESSION_MS, VOUCHED_MS } from './sessions.ts'
import { Throttle } from './throttle.ts'
import { userByName, vouchedUser } from './users.ts'

/** From where somebody asks. */
export interface From {
  address: string
  agent: string
  /** the session that the browser had; it ends */
  before?: string | undefined
}

/** Many people may be behind one address; one of IPv6 counts as its /64, which one customer has whole (RFC 6177). */
const perAddress = { free: 10, maxWaitMs: 15 * 60 * 1000 }
/** Short at its longest, so that nobody can keep a user out for long by guessing. */
const perName = { free: 5, maxWaitMs: 60 * 1000 }

const CODE_MS = 60 * 60 * 1000
const MAX_CODES = 100
/** Of one address or name, only so many tries in vain are written down; then each that doubles the count. */
const MAX_WRITTEN = 10

const WRONG = say`name or password is wrong`

export class Logins {
  readonly passwords: Passwords
  readonly #store: Store
  readonly #byAddress = new Throttle(perAddress)
  readonly #byName = new Throttle(perName)
  /** by the hash of a code: until when it is good */
  readonly #codes = new Map<string, number>()

  constructor(store: Store, passwordCost?: Cost) {
    this.#store = store
    this.passwords = new Passwords(passwordCost)
  }

  /** Throws Refusal: 401, 429 with how long to wait, 503. */
  async withPassword(from: From, given: string, password: string): Promise<Opened> {
    const name = given.toLowerCase()
    const user = await userByName(this.#store, name)
    const key = normalizeIP(from.address)
    this.#assertMayTry(this.#byAddress, key)
    // Guesses from elsewhere do not slow down who has logged in from here before.
    const known = user !== undefined && (await this.#knows(user.id, from.address))
    if (!known) this.#assertMayTry(this.#byName, name)
    const found = await this.passwords.check(user?.password ?? undefined, password)
    if (user === undefined || found === 'wrong') {
      await this.#failed(from, user === undefined ? undefined : name, key)
      throw new Refusal(401, WRONG)
    }
    this.#byAddress.takeBack(key)
    if (!known) this.#byName.clear(name)
    const anew = found === 'outdated' ? await this.passwords.hash(password) : undefined
    return this.#open(from, { userId: user.id }, name, async tx => {
      // It may have been changed while it was checked.
      const row = await tx.selectFrom('users').select('password').where('id', '=', user.id).executeTakeFirst()
      if (row?.password !== user.password) throw new Refusal(401, WRONG)
      const change = { last_login: Date.now(), ...(anew === undefined ? {} : { password: anew }) }
      await tx.updateTable('users').set(change).where('id', '=', user.id).execute()
    })
  }

  /** That it is still them, before they change their password. Throws Refusal: 403, 429, 503. */
  async confirm(from: From, { name, password }: Pick<UserTable, 'name' | 'password'>, given: string): Promise<void> {
    const key = normalizeIP(from.address)
    this.#assertMayTry(this.#byAddress, key)
    this.#assertMayTry(this.#byName, name)
    if ((await this.passwords.check(password ?? undefined, given)) === 'wrong') {
      await this.#failed(from, name, key)
      throw new Refusal(403, say`the current password is wrong`)
    }
    this.#byAddress.takeBack(key)
    this.#byName.clear(name)
  }

  /**
   * Whom an OpenID provider vouches for becomes a user, with the role that it says today. undefined: of no role here.
   * Throws Refusal 429, and what `ask` throws.
   */
  async withProvider(from: From, ask: () => Promise<Vouched>): Promise<Opened | undefined> {
    const key = normalizeIP(from.address)
    this.#assertMayTry(this.#byAddress, key)
    const vouched = await ask()
    this.#byAddress.takeBack(key)
    const { role, name } = vouched
    if (role === undefined) {
      const act = { action: 'session.denied', target: name }
      await this.#store.write(tx => audit(tx, { actor: 'nobody', address: from.address }, act))
      return undefined
    }
    const userId = await vouchedUser(this.#store, { actor: name, address: from.address }, { ...vouched, role })
    const seen = async (tx: Transaction<Tables>): Promise<void> => {
      await tx.updateTable('users').set({ last_login: Date.now() }).where('id', '=', userId).execute()
    }
    return this.#open(from, { userId }, name, seen, VOUCHED_MS)
  }

  /** With the owner's token, or a code of `newCode`. Throws Refusal. */
  async asOwner(from: From, { token, code }: { token?: string; code?: string }): Promise<Opened> {
    const key = normalizeIP(from.address)
    this.#assertMayTry(this.#byAddress, key)
    const owner = await ownerToken(this.#store)
    const right = token === undefined ? this.#takeCode(code ?? '') : secretHash(token) === owner?.hash
    if (owner === undefined || !right) {
      await this.#failed(from, undefined, key)
      throw new Refusal(
        401,
        token === undefined ? say`this link was used already, or is too old` : say`this is not the owner’s token`,
      )
    }
    this.#byAddress.takeBack(key)
    return this.#open(from, { tokenId: owner.id }, 'owner')
  }

  /** Opens the door once, within an hour, as the owner: for the address that the server prints. */
  newCode(): string {
    const code = newSecret('flo')
    this.#codes.set(secretHash(code), Date.now() + CODE_MS)
    if (this.#codes.size > MAX_CODES) this.#codes.delete(this.#codes.keys().next().value!)
    return code
  }

  #takeCode(code: string): boolean {
    const hash = secretHash(code)
    const until = this.#codes.get(hash)
    this.#codes.delete(hash)
    return until !== undefined && until > Date.now()
  }

  #assertMayTry(throttle: Throttle, key: string): void {
    const wait = throttle.attempt(key)
    if (wait === 0) return
    const seconds = Math.ceil(wait / 1000)
    throw new Refusal(429, say`too many tries in vain. Try again in ${seconds} s.`, seconds)
  }

  async #knows(userId: string, address: string): Promise<boolean> {
    const query = this.#store.db.selectFrom('sessions').select('id').limit(1)
    return (await query.where('user_id', '=', userId).where('address', '=', address).executeTakeFirst()) !== undefined
  }

  async #failed({ address }: From, name: string | undefined, key: string): Promise<void> {
    const inVain = this.#byAddress.inVain(key)
    if (inVain > MAX_WRITTEN && (inVain & (inVain - 1)) !== 0) return
    const act = { action: 'session.failed', target: name, after: { inVain } }
    await this.#store.write(tx => audit(tx, { actor: 'nobody', address }, act))
  }

  #open(
    from: From,
    holder: Holder,
    actor: string,
    also: (tx: Transaction<Tables>) => Promise<void> = async () => {},
    forMs: number = SESSION_MS,
  ): Promise<Opened> {
    return this.#store.write(async tx => {
      await also(tx)
      if (from.before !== undefined) await tx.deleteFrom('sessions').where('id', '=', from.before).execute()
      const opened = await openSession(tx, holder, from, forMs)
      await audit(tx, { actor, address: from.address }, { action: 'session.login', target: actor })
      return opened
    })
  }
}

const ownerToken = ({ db }: Store) =>
  db
    .selectFrom('tokens')
    .select(['id', 'hash'])
    .where('role', '=', 'admin')
    .where('name', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
