// An OpenID provider for tests: the certified one of npm's oidc-provider, on this machine. Anybody who gives a name is who
// they say.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
// It brings no types; what is used of it is said here.
// @ts-expect-error
import OidcProvider from 'oidc-provider'

interface Accounts {
  [name: string]: Record<string, unknown>
}

interface Koa {
  callback(): (request: unknown, response: unknown) => void
  on(event: string, hear: (...words: unknown[]) => void): void
}

export interface TestProvider {
  issuer: string
  /** claims by name; may be changed while it runs */
  accounts: Accounts
  /** answers in place of the provider's own, by path */
  instead: Map<string, unknown>
  close(): Promise<void>
}

export const clientId = 'faultline'
export const clientSecret = 'a secret between the two of them'

export async function openProvider(accounts: Accounts, redirectUris: () => string[]): Promise<TestProvider> {
  const instead = new Map<string, unknown>()
  let handle: ReturnType<Koa['callback']> = () => {}
  const server = createServer((request, response) => {
    const other = instead.get((request.url ?? '').split('?')[0] ?? '')
    if (other === undefined) return handle(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(other))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: Koa = new OidcProvider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris() }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_: unknown, name: string) => ({
      accountId: name,
      claims: async () => ({ sub: name, ...accounts[name] }),
    }),
  })
  handle = provider.callback()
  return {
    issuer,
    accounts,
    instead,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What a browser does there: follows, logs in as `name`, agrees, until it is sent back. Gives the address it is sent to. */
export async function logInThere(start: string, name: string): Promise<string> {
  const jar = new Map<string, string>()
  let url = start
  let body: URLSearchParams | undefined
  for (let step = 0; step < 20; step++) {
    const cookie = [...jar].map(pair => pair.join('=')).join('; ')
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(body === undefined ? {} : { method: 'POST', body }),
    })
    body = undefined
    for (const each of answer.headers.getSetCookie()) {
      const [pair = ''] = each.split(';')
      const at = pair.indexOf('=')
      jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const to = answer.headers.get('location')
    if (to !== null) {
      url = new URL(to, url).href
      if (new URL(url).origin !== new URL(start).origin) return url
      continue
    }
    const page = await answer.text()
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    if (action === undefined || prompt === undefined) throw new Error(`${url}: ${answer.status} ${page.slice(0, 500)}`)
    url = new URL(action, url).href
    body = new URLSearchParams({ prompt, login: name, password: 'any' })
  }
  throw new Error('it goes round and round')
}
