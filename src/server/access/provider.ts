// Logging in with an OpenID provider: authorization code with PKCE (RFC 6749, 7636; OpenID Connect Core 1.0, §3.1). What
// must be known again when the browser comes back travels with it, sealed, so that nothing piles up here.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import * as openid from 'openid-client'
import { say } from '../../core/say.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { type Role, roleNames } from './roles.ts'

/** Who it is, as the provider says it. */
export interface Vouched {
  /** issuer and subject: never another's */
  subject: string
  /** has an "@", as no local name has */
  name: string
  /** undefined: known there, but of no role here */
  role: Role | undefined
}

/** It could not be found out who it is; the message is for the server's log. */
export class ProviderError extends Error {}

/** So long somebody may take to log in there. */
export const FLOW_MS = 10 * 60 * 1000
const ANSWER_S = 10
/** Keys and addresses of the provider are asked for anew after so long. */
const METADATA_MS = 60 * 60 * 1000
const MAX_NAME = 200

interface Flow {
  state: string
  nonce: string
  verifier: string
  until: number
}

export class Provider {
  readonly settings: ProviderSettings
  readonly #key = randomBytes(32)
  #known: { config: openid.Configuration; until: number } | undefined

  constructor(settings: ProviderSettings) {
    this.settings = settings
  }

  /** Where to send the browser, and what it must bring along when it comes back. Throws ProviderError. */
  async begin(redirectUri: string): Promise<{ url: string; flow: string }> {
    const config = await this.#config()
    const flow: Flow = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
      until: Date.now() + FLOW_MS,
    }
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: this.settings.scopes.join(' '),
      code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce: flow.nonce,
    })
    return { url: url.href, flow: this.#seal(flow) }
  }

  /** `came`: the address with which the browser came back. Throws ProviderError. */
  async finish(came: URL, sealed: string): Promise<Vouched> {
    const flow = this.#open(sealed)
    if (flow === undefined || flow.until < Date.now())
      throw new ProviderError(say`it was not begun here, or too long ago`)
    const config = await this.#config()
    try {
      const tokens = await openid.authorizationCodeGrant(config, came, {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new ProviderError(say`the provider gave no ID token`)
      return this.#vouched(claims, await this.#userInfo(config, tokens.access_token, claims.sub))
    } catch (error) {
      throw error instanceof ProviderError ? error : new ProviderError(wordsOf(error), { cause: error })
    }
  }

  /** Many providers say groups and names only there. */
  #userInfo(config: openid.Configuration, token: string, subject: string): Promise<Record<string, unknown>> {
    const { userinfo_endpoint } = config.serverMetadata()
    if (userinfo_endpoint === undefined) return Promise.resolve({})
    return openid.fetchUserInfo(config, token, subject)
  }

  #vouched(claims: openid.IDToken, info: Record<string, unknown>): Vouched {
    const all: Record<string, unknown> = { ...info, ...claims }
    const said = this.settings.nameClaims.map(each => all[each]).find(each => typeof each === 'string' && each !== '')
    const name = String(said ?? claims.sub).slice(0, MAX_NAME)
    return {
      subject: `${claims.iss}#${claims.sub}`,
      name: name.includes('@') ? name : `${name}@${new URL(claims.iss).hostname}`,
      role: this.#roleOf(all[this.settings.rolesClaim]),
    }
  }

  #roleOf(claim: unknown): Role | undefined {
    const values = (Array.isArray(claim) ? claim : [claim]).filter(each => typeof each === 'string')
    const roles = values.map(each => (Object.hasOwn(this.settings.roles, each) ? this.settings.roles[each] : undefined))
    return roleNames.findLast(role => roles.includes(role)) ?? this.settings.defaultRole
  }

  async #config(): Promise<openid.Configuration> {
    if (this.#known !== undefined && this.#known.until > Date.now()) return this.#known.config
    const { issuer, clientId, clientSecret } = this.settings
    const url = new URL(issuer)
    // The settings let plain HTTP pass on this machine alone.
    const insecure = url.protocol === 'http:' ? [openid.allowInsecureRequests] : []
    try {
      const config = await openid.discovery(
        url,
        clientId,
        clientSecret,
        clientSecret === undefined ? openid.None() : undefined,
        // The ID token's signature is checked by the provider's keys also where it came over TLS from the provider itself.
        { execute: [...insecure, openid.enableNonRepudiationChecks], timeout: ANSWER_S },
      )
      this.#known = { config, until: Date.now() + METADATA_MS }
      return config
    } catch (error) {
      // Better what was known an hour ago than nobody let in.
      if (this.#known !== undefined) return this.#known.config
      throw new ProviderError(say`${issuer} cannot be asked: ${wordsOf(error)}`, { cause: error })
    }
  }

  /** AES-256-GCM, with a key that lives as long as this process. */
  #seal(flow: Flow): string {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    const text = Buffer.concat([cipher.update(JSON.stringify(flow)), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
  }

  #open(sealed: string): Flow | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < 28) return undefined
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    try {
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()) as Flow
    } catch {
      return undefined
    }
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
