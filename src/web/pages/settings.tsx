import { For, Suspense } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { may } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { route } from '../router.ts'
import { parts } from '../settings/parts.ts'
import '../styles/settings.css'

/** Who may do what, and what they did. */
export default function SettingsPage() {
  const shown = () => parts.filter(({ who }) => may(who))
  const part = () => shown().find(({ id }) => id === route().query.get('part')) ?? shown()[0]
  return (
    <main class="settings">
      <h1>{t().settings.title}</h1>
      <nav aria-label={t().settings.label}>
        <For each={shown()}>
          {({ id, title }) => (
            <a href={`/settings?part=${id}`} aria-current={part()?.id === id ? 'page' : undefined}>
              {title()}
            </a>
          )}
        </For>
      </nav>
      <div class="settings-part">
        <Suspense fallback={<p class="loading">{t().shell.loading}</p>}>
          <Dynamic component={part()?.component} />
        </Suspense>
      </div>
    </main>
  )
}
