// Who is logged in. A token that somebody typed stays in this tab.

import { createSignal } from 'solid-js'
import { ApiError, get, setProof, whenStranger } from './client.ts'

export type Session = { state: 'asking' } | { state: 'out' } | { state: 'in'; name: string; role: string }

const [session, setSession] = createSignal<Session>({ state: 'asking' })

export { session }

const key = 'faultline-token'

function storedToken(): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function storeToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, token)
  } catch {
    // Storage is switched off: it lasts until the page is loaded anew.
  }
}

function forget(): void {
  storeToken(undefined)
  setProof({})
  setSession({ state: 'out' })
}

/** Called once: with the token of this tab if there is one. */
export async function resume(): Promise<void> {
  whenStranger(forget)
  const token = storedToken()
  if (token === undefined) setSession({ state: 'out' })
  else await logInWith(token).catch(() => setSession({ state: 'out' }))
}

/** Throws ApiError where the server does not take it. */
export async function logInWith(token: string): Promise<void> {
  setProof({ Authorization: `Bearer ${token}` })
  try {
    await get('/api/v1/issues', { limit: 1 })
  } catch (error) {
    if (error instanceof ApiError && error.status !== 0) forget()
    throw error
  }
  storeToken(token)
  setSession({ state: 'in', name: 'admin', role: 'admin' })
}

export async function logOut(): Promise<void> {
  forget()
}
