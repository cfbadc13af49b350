import { t } from '../i18n/index.ts'

export function Missing() {
  return (
    <main class="empty">
      <h1>{t().shell.missing.title}</h1>
      <p>
        <a href="/">{t().shell.missing.back}</a>
      </p>
    </main>
  )
}
