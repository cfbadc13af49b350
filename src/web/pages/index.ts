// The pages of the app. To add one: a file beside this one whose default export is a component, its words in
// i18n/en/ and i18n/zh/, and a row here. Its data comes by api/client.ts, its keys by keys.ts' useKeys.

import { type Component, lazy } from 'solid-js'
import { t } from '../i18n/index.ts'

export interface PageProps {
  /** what stood in the path for ":id" */
  params: Record<string, string>
}

export interface PageDefinition {
  /** "/issues/:id" */
  path: string
  /** of the tab, until the page says more */
  title: () => string
  /** in the bar on top; `key` goes there after "g" */
  nav?: { key: string }
  /** shown without a login */
  anyone?: true
  component: Component<PageProps> & { preload: () => Promise<unknown> }
}

const nav = () => t().shell.nav

export const pages: readonly PageDefinition[] = [
  { path: '/', title: () => nav().overview, nav: { key: 'o' }, component: lazy(() => import('./overview.tsx')) },
  { path: '/issues', title: () => nav().issues, nav: { key: 'i' }, component: lazy(() => import('./issues.tsx')) },
  { path: '/issues/:id', title: () => nav().issues, component: lazy(() => import('./issue.tsx')) },
  { path: '/reports/:id', title: () => t().report.label, component: lazy(() => import('./report.tsx')) },
  { path: '/diff', title: () => t().diff.title, component: lazy(() => import('./diff.tsx')) },
  { path: '/hosts', title: () => nav().hosts, nav: { key: 'h' }, component: lazy(() => import('./hosts.tsx')) },
  { path: '/symbols', title: () => nav().symbols, nav: { key: 'y' }, component: lazy(() => import('./symbols.tsx')) },
  { path: '/hosts/:id', title: () => nav().hosts, component: lazy(() => import('./host.tsx')) },
  { path: '/hosts/:id/log', title: () => t().hosts.log, component: lazy(() => import('./host-log.tsx')) },
  {
    path: '/settings',
    title: () => nav().settings,
    nav: { key: 's' },
    component: lazy(() => import('./settings.tsx')),
  },
  {
    path: '/decode',
    title: () => nav().decode,
    nav: { key: 'd' },
    anyone: true,
    component: lazy(() => import('./decode.tsx')),
  },
]
