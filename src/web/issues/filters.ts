// The filters of the list of issues, as they stand in the address.

import type { Query } from '../api/client.ts'
import { route, setQuery } from '../router.ts'

/** Those that name a value: of `/api/v1/values` and of `/api/v1/issues`. */
export const valueFilters = ['kind', 'release', 'model', 'firmware', 'arch', 'module', 'host'] as const
export type ValueFilter = (typeof valueFilters)[number]

export const sorts = ['last-seen', 'first-seen', 'reports', 'hosts'] as const
export type Sort = (typeof sorts)[number]

/** What "open" means: nobody has said anything of it, or it came back. */
const openStates = 'new,recurring,regressed'

export const filter = (name: string): string => route().query.get(name) ?? ''
export const setFilter = (name: string, value: string | undefined): void => setQuery({ [name]: value }, 'replace')

export const stateFilter = (): string => filter('state') || 'open'
export const sortOrder = (): Sort => sorts.find(sort => sort === filter('sort')) ?? 'last-seen'

export const filtered = (): boolean =>
  ['query', 'severity', 'fatal', ...valueFilters].some(name => filter(name) !== '') || stateFilter() !== 'open'

export const clearFilters = (): void =>
  setQuery(
    Object.fromEntries(['query', 'state', 'severity', 'fatal', ...valueFilters].map(name => [name, undefined])),
    'replace',
  )

/** For `/api/v1/issues`. */
export function issueQuery(): Query {
  const state = stateFilter()
  return {
    query: filter('query'),
    state: state === 'open' ? openStates : state === 'any' ? undefined : state,
    severity: filter('severity'),
    fatal: filter('fatal') === 'true' ? true : undefined,
    ...Object.fromEntries(valueFilters.map(name => [name, filter(name)])),
    sort: sortOrder(),
  }
}
