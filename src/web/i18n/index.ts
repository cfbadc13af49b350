// The words of the UI in the reader's language. `t()` is read where a text is shown, so that a change of the language
// changes it there.
//
// To add words: in a file of en/ and its counterpart in zh/ (a new file also in en.ts and zh.ts). What other rooms say: said.ts.

import { createSignal } from 'solid-js'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type Messages = typeof en

const languages = { en, zh } satisfies Record<string, Messages>
export type Language = keyof typeof languages

/** As `lang` of HTML and Intl have it. */
const tags: Record<Language, string> = { en: 'en', zh: 'zh-CN' }

const key = 'faultline-language'
const isLanguage = (text: string | null | undefined): text is Language => text === 'en' || text === 'zh'

/** What was chosen, else the first of the browser's languages that there is. A worker has neither storage nor page. */
function preferred(): Language {
  try {
    const stored = localStorage.getItem(key)
    if (isLanguage(stored)) return stored
  } catch {
    // Storage is switched off, or this is a worker.
  }
  return navigator.languages.map(each => each.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en'
}

const [language, setLanguage] = createSignal<Language>(preferred())

export { language }

export const t = (): Messages => languages[language()]
export const languageTag = (): string => tags[language()]

/** Also in a worker, which is told by the page. */
export function useLanguage(chosen: Language): void {
  setLanguage(chosen)
  if (typeof document !== 'undefined') document.documentElement.lang = tags[chosen]
}

export function chooseLanguage(chosen: Language): void {
  useLanguage(chosen)
  try {
    localStorage.setItem(key, chosen)
  } catch {
    // Not remembered, still applied.
  }
}
