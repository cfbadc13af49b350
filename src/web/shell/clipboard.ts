import { t } from '../i18n/index.ts'
import { say } from './toasts.tsx'

/** False when the browser does not let the page write to the clipboard. */
export async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** Copies it and says so, or that it could not be. */
export async function copy(text: string, done = t().shell.copied): Promise<void> {
  if (await toClipboard(text)) say(done)
  else say(t().shell.copyFailed, { tone: 'problem' })
}
