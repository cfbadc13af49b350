// Who is logged in. The session itself is in a cookie that no script reads; here are its name and role.

import { createSignal } from 'solid-js'
import { ApiError, get, post, remove, setProof, whenStranger } from './client.ts'
import type { SessionAnswer } from './types.ts'

export type Role = 'viewer' | 'triager' | 'admin'

export type Session =
  | { state: 'asking' }
  | { state: 'out'; ways: SessionAnswer['login'] }
  | { state: 'in'; name: string; role: Role }

const noWays = { password: false }
const [session, setSession] = createSignal<Session>({ state: 'asking' })

export { session }

const roles: readonly Role[] = ['viewer', 'triager', 'admin']

/** Whether who is logged in may do what needs this role. The server decides; this hides what it would refuse. */
export function may(role: Role): boolean {
  const now = session()
  return now.state === 'in' && roles.indexOf(now.role) >= roles.indexOf(role)
}

function take({ user, csrf, login }: SessionAnswer): void {
  setProof(csrf === undefined ? {} : { 'x-faultline-csrf': csrf })
  if (user === undefined) setSession({ state: 'out', ways: login })
  else setSession({ state: 'in', name: user.name, role: user.role })
}

/** Called once: the browser may have a session already. */
export async function resume(): Promise<void> {
  whenStranger(() => {
    if (session().state === 'in') void resume()
  })
  try {
    take(await get<SessionAnswer>('/api/v1/session'))
  } catch (error) {
    if (error instanceof ApiError && error.status === 0) throw error
    setSession({ state: 'out', ways: noWays })
  }
}

export type Credentials = { name: string; password: string } | { token: string } | { code: string }

/** Throws ApiError where the server does not take them. */
export async function logIn(credentials: Credentials): Promise<void> {
  take(await post<SessionAnswer>('/api/v1/session', credentials))
}

export async function logOut(): Promise<void> {
  await remove('/api/v1/session').catch(() => {})
  await resume()
}
