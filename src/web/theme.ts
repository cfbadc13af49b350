// Light or dark: as the system has it, or as the reader chose.

import { createSignal } from 'solid-js'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'faultline-theme'

/** Storage may be switched off; then the choice lasts as long as the page. */
function stored(): Theme {
  try {
    return themes.find(theme => theme === localStorage.getItem(key)) ?? 'auto'
  } catch {
    return 'auto'
  }
}

const [theme, setTheme] = createSignal<Theme>(stored())

export { theme }

function apply(chosen: Theme): void {
  if (chosen === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = chosen
}
apply(theme())

export function nextTheme(): void {
  const chosen = themes[(themes.indexOf(theme()) + 1) % themes.length] ?? 'auto'
  setTheme(chosen)
  apply(chosen)
  try {
    localStorage.setItem(key, chosen)
  } catch {
    // Not remembered, still applied.
  }
}
