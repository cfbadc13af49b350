// Who is logged in. The session itself is in a cookie that no script reads; here are its name and role.

import { createSignal } from 'solid-js'
import { ApiError, get, post, remove, setProof, whenStranger } from './client.ts'
import type { SessionAnswer } from './types.ts'

/** The one who may least first. */
export const roles = ['viewer', 'triager', 'admin'] as const
export type Role = (typeof roles)[number]

export type Session =
  | { state: 'asking' }
  | { state: 'failed'; error: Error }
  | { state: 'out'; ways: SessionAnswer['login'] }
  | {
      state: 'in'
      name: string
      role: Role
      /** by the token of the server's owner, as no user */
      owner: boolean
    }

const noWays = { password: false }
const [session, setSession] = createSignal<Session>({ state: 'asking' })

export { session }

/** Whether who is logged in may do what needs this role. The server decides; this hides what it would refuse. */
export function may(role: Role): boolean {
  const now = session()
  return now.state === 'in' && roles.indexOf(now.role) >= roles.indexOf(role)
}

function take({ user, csrf, login }: SessionAnswer): void {
  setProof(csrf === undefined ? {} : { 'x-faultline-csrf': csrf })
  if (user === undefined) setSession({ state: 'out', ways: login })
  else setSession({ state: 'in', name: user.name, role: user.role, owner: user.owner === true })
}

/** Why the login that the address stands for did not come about: a word of ours or of the server. */
const [failed, setFailed] = createSignal<string>()

export { failed }

/**
 * What the address says behind its "#": a code that logs in once, or how a provider's login ended. It is taken away, so
 * that it is in no history and no link that is copied.
 */
function takeFromAddress(): string | undefined {
  const words = new URLSearchParams(location.hash.slice(1))
  const [code, why] = [words.get('login'), words.get('login-failed')]
  if (code === null && why === null) return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  setFailed(why ?? undefined)
  return code ?? undefined
}

/** Called once: the browser may have a session already, or the address may open one. */
export async function resume(): Promise<void> {
  whenStranger(() => {
    if (session().state === 'in') void ask()
  })
  const code = takeFromAddress()
  if (code !== undefined) {
    try {
      return await logIn({ code })
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) setFailed('code')
    }
  }
  await ask()
}

async function ask(): Promise<void> {
  try {
    take(await get<SessionAnswer>('/api/v1/session'))
  } catch (error) {
    if (error instanceof ApiError && error.status === 0) setSession({ state: 'failed', error })
    else setSession({ state: 'out', ways: noWays })
  }
}

export type Credentials = { name: string; password: string } | { token: string } | { code: string }

/** Throws ApiError where the server does not take them. */
export async function logIn(credentials: Credentials): Promise<void> {
  take(await post<SessionAnswer>('/api/v1/session', credentials))
  setFailed(undefined)
}

export async function logOut(): Promise<void> {
  await remove('/api/v1/session').catch(() => {})
  await ask()
}
