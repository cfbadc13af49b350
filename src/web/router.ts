// Where the reader is. The address bar is the truth: every view has a link that leads there again.

import { createSignal } from 'solid-js'

export interface Route {
  path: string
  query: URLSearchParams
}

const here = (): Route => ({ path: location.pathname, query: new URLSearchParams(location.search) })
const [route, setRoute] = createSignal<Route>(here(), { equals: false })

export { route }

/** Goes to a path of this app. 'replace': without a step back to where it was. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  const url = new URL(to, location.href)
  if (url.origin !== location.origin) return
  if (how === 'push') history.pushState(null, '', url)
  else history.replaceState(null, '', url)
  const before = route().path
  setRoute(here())
  if (how === 'push' && before !== url.pathname) scrollTo(0, 0)
}

/** The same page with some of its query changed; undefined and '' take a name away. */
export function setQuery(changes: Record<string, string | undefined>, how: 'push' | 'replace' = 'push'): void {
  const query = new URLSearchParams(route().query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  go(`${route().path}${text === '' ? '' : `?${text}`}`, how)
}

/** "/issues/:id" and "/issues/0193…" give {id}; undefined where they do not fit. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.replace(/(.)\/$/, '$1').split('/')
  if (wanted.length !== given.length) return undefined
  const found: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) {
      try {
        found[part.slice(1)] = decodeURIComponent(value)
      } catch {
        return undefined
      }
    } else if (part !== value) return undefined
  }
  return found
}

/** Links within the app change the page in place; gives back how to stop. What a click with a key does stays the browser's. */
export function followLinks(): () => void {
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.origin !== location.origin || link.hasAttribute('download')) return
    if (link.target !== '' || link.pathname.startsWith('/api/')) return
    if (link.pathname === location.pathname && link.search === location.search && link.hash !== '') return
    event.preventDefault()
    go(link.href)
  }
  const onPop = (): void => {
    setRoute(here())
  }
  document.addEventListener('click', onClick)
  addEventListener('popstate', onPop)
  return () => {
    document.removeEventListener('click', onClick)
    removeEventListener('popstate', onPop)
  }
}
