// The parts of the settings. To add one: a file beside this one whose default export is a component, its name in
// i18n/en/settings.ts and i18n/zh/settings.ts, and a row here.

import { type Component, lazy } from 'solid-js'
import type { Role } from '../api/session.ts'
import { t } from '../i18n/index.ts'

export interface Part {
  /** in the address: ?part=users */
  id: string
  title: () => string
  /** the least role to which it is shown */
  who: Role
  component: Component
}

const titles = () => t().settings.parts

export const parts: readonly Part[] = [
  { id: 'account', title: () => titles().account, who: 'viewer', component: lazy(() => import('./account.tsx')) },
  { id: 'tokens', title: () => titles().tokens, who: 'viewer', component: lazy(() => import('./tokens.tsx')) },
  { id: 'users', title: () => titles().users, who: 'admin', component: lazy(() => import('./users.tsx')) },
  { id: 'hosts', title: () => titles().hosts, who: 'admin', component: lazy(() => import('./hosts.tsx')) },
  { id: 'alerts', title: () => titles().alerts, who: 'viewer', component: lazy(() => import('./alerts.tsx')) },
  { id: 'retention', title: () => titles().retention, who: 'admin', component: lazy(() => import('./retention.tsx')) },
  { id: 'audit', title: () => titles().audit, who: 'admin', component: lazy(() => import('./audit.tsx')) },
]
