import { createEffect, createMemo, ErrorBoundary, Match, onCleanup, onMount, Suspense, Switch } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { keepLive } from './api/live.ts'
import { resume, session } from './api/session.ts'
import { language, t, useLanguage } from './i18n/index.ts'
import { listenForKeys, useKeys } from './keys.ts'
import { pages } from './pages/index.ts'
import { followLinks, go, matchPath, route } from './router.ts'
import { Bar } from './shell/bar.tsx'
import { Failed } from './shell/failed.tsx'
import { KeyHelp, showKeys } from './shell/key-help.tsx'
import { Login } from './shell/login.tsx'
import { Missing } from './shell/missing.tsx'
import { Toasts } from './shell/toasts.tsx'

/** The frame of every page, and which page it is. */
export function App() {
  const found = createMemo(
    () => {
      for (const page of pages) {
        const params = matchPath(page.path, route().path)
        if (params !== undefined) return { page, params }
      }
      return undefined
    },
    undefined,
    { equals: false },
  )
  const page = createMemo(() => found()?.page)
  const params = createMemo(() => found()?.params ?? {})

  useLanguage(language())
  keepLive()
  createEffect(() => {
    const title = page()?.title()
    document.title = title === undefined ? t().name : `${title} · ${t().name}`
  })
  onMount(() => {
    void resume()
    const stops = [followLinks(), listenForKeys()]
    onCleanup(() => {
      for (const stop of stops) stop()
    })
  })
  useKeys(
    [
      { key: '?', what: () => t().shell.keys.help, run: showKeys },
      { key: '/', what: () => t().shell.keys.search, run: () => go('/issues#search') },
      ...pages.flatMap(({ nav, title, path }) =>
        nav === undefined ? [] : [{ key: `g ${nav.key}`, what: () => t().shell.keys.go(title()), run: () => go(path) }],
      ),
    ],
    true,
  )
  const allowed = (): boolean => page()?.anyone === true || session().state === 'in'

  const failure = (): Error | undefined => {
    const now = session()
    return now.state === 'failed' ? now.error : undefined
  }

  return (
    <>
      <a class="skip" href="#content">
        {t().shell.skip}
      </a>
      <Bar />
      <div id="content" tabindex="-1">
        <ErrorBoundary fallback={(error, reset) => <Failed error={error} onAgain={reset} />}>
          <Switch>
            <Match when={page() === undefined}>
              <Missing />
            </Match>
            <Match when={!allowed() && failure()}>
              {error => <Failed error={error()} onAgain={() => void resume()} />}
            </Match>
            <Match when={!allowed() && session().state === 'out'}>
              <Login />
            </Match>
            <Match when={allowed()}>
              <Suspense fallback={<p class="loading">{t().shell.loading}</p>}>
                <Dynamic component={page()?.component} params={params()} />
              </Suspense>
            </Match>
          </Switch>
        </ErrorBoundary>
      </div>
      <KeyHelp />
      <Toasts />
    </>
  )
}
