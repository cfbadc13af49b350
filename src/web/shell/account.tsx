import { createEffect, on, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { logOut, session } from '../api/session.ts'
import { t } from '../i18n/index.ts'
import { route } from '../router.ts'
import '../styles/account.css'

/** Who is logged in, and what is theirs. */
export function Account() {
  let menu: HTMLDetailsElement | undefined
  const close = (): void => menu?.removeAttribute('open')
  createEffect(on(route, close))
  const known = () => {
    const now = session()
    return now.state === 'in' ? now : undefined
  }
  return (
    <Show when={known()}>
      {now => (
        <details
          class="account"
          ref={element => (menu = element)}
          onFocusOut={event => {
            if (!event.currentTarget.contains(event.relatedTarget as Node | null)) close()
          }}
          onKeyDown={event => {
            if (event.key === 'Escape') close()
          }}
        >
          <summary title={visible(now().name)}>{visible(now().name)}</summary>
          <div class="account-menu">
            <p>
              {t().settings.roles[now().role]}, {t().settings.rolesAbout[now().role]}
            </p>
            <a href="/settings">{t().shell.nav.settings}</a>
            <button type="button" class="plain" onClick={() => void logOut()}>
              {t().shell.login.out}
            </button>
          </div>
        </details>
      )}
    </Show>
  )
}
