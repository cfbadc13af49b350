import { For, Show } from 'solid-js'
import { connected } from '../api/live.ts'
import { session } from '../api/session.ts'
import { chooseLanguage, language, t } from '../i18n/index.ts'
import { pages } from '../pages/index.ts'
import { route } from '../router.ts'
import { nextTheme, theme } from '../theme.ts'
import { Account } from './account.tsx'
import { showKeys } from './key-help.tsx'

/** The page that a path belongs to in the navigation: /issues/0193… is of /issues. */
const belongs = (path: string): boolean => {
  const now = route().path
  return path === '/' ? now === '/' : now === path || now.startsWith(`${path}/`)
}

/** The name of it all, the pages, and how they look. */
export function Bar() {
  return (
    <header class="bar">
      <a class="mark" href="/" aria-label={t().name}>
        <svg viewBox="0 0 32 18" width="32" height="18" aria-hidden="true">
          <path d="M1 5h12l5 9h13" />
          <path class="crack" d="M19 0 12 18" />
        </svg>
        <span>{t().name}</span>
      </a>
      <Show when={session().state === 'in'}>
        <nav class="pages" aria-label={t().shell.nav.label}>
          <For each={pages.filter(page => page.nav !== undefined)}>
            {page => (
              <a
                href={page.path}
                aria-current={belongs(page.path) ? 'page' : undefined}
                onPointerEnter={() => void page.component.preload()}
              >
                {page.title()}
              </a>
            )}
          </For>
        </nav>
      </Show>
      <div class="look">
        <Show when={session().state === 'in'}>
          <span
            class="live"
            role="img"
            data-on={connected() ? '' : undefined}
            aria-label={connected() ? t().shell.live.on : t().shell.live.off}
            title={connected() ? t().shell.live.onTitle : t().shell.live.offTitle}
          />
        </Show>
        <button
          type="button"
          class="plain"
          title={t().shell.languageTitle}
          onClick={() => chooseLanguage(language() === 'en' ? 'zh' : 'en')}
        >
          {t().shell.language}
        </button>
        <button
          type="button"
          class="plain keys-button"
          aria-label={t().shell.keys.open}
          title={t().shell.keys.open}
          onClick={showKeys}
        >
          ?
        </button>
        <button
          type="button"
          class="plain theme"
          aria-label={t().shell.theme[theme()]}
          title={t().shell.theme[theme()]}
          onClick={nextTheme}
        >
          <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" data-theme-icon={theme()}>
            <circle cx="10" cy="10" r="7.5" />
            <path d="M10 2.5a7.5 7.5 0 0 1 0 15z" />
          </svg>
        </button>
        <Account />
      </div>
    </header>
  )
}
