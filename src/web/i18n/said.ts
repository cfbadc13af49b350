// What the core, the server and agents say is English wherever it is kept and sent; here it gets the reader's language.
//
// To translate a sentence: mark it with say`…` where it is made (core/say.ts), and give its template a translation in the
// dictionaries below. tests/said.test.ts holds both to each other.

import { createEffect, createRoot, createSignal } from 'solid-js'
import { type Language, language } from './index.ts'
import { translator } from './translate.ts'

/** Large, and of no use to who reads English: loaded when a language is chosen. */
const dictionaries: Partial<Record<Language, () => Promise<Readonly<Record<string, string>>>>> = {
  zh: async () => (await import('./zh/said/index.ts')).said,
}

/** Sentences that are remembered, so that what is drawn again is not looked for again. */
const MAX_REMEMBERED = 4000

type Translate = (text: string) => string

function remembering(translate: Translate): Translate {
  const known = new Map<string, string>()
  return text => {
    let found = known.get(text)
    if (found === undefined) {
      if (known.size >= MAX_REMEMBERED) known.clear()
      known.set(text, (found = translate(text)))
    }
    return found
  }
}

const [loaded, setLoaded] = createSignal<{ language: Language; translate: Translate }>()

createRoot(() =>
  createEffect(() => {
    const chosen = language()
    dictionaries[chosen]?.()
      .then(dictionary => setLoaded({ language: chosen, translate: remembering(translator(dictionary)) }))
      // Without a network the page goes on with what it has; the next choice of the language tries again.
      .catch(() => {})
  }),
)

/** A sentence of the core, the server or an agent in the reader's language; as it is where it is none. */
export function said(text: string): string {
  const found = loaded()
  return found?.language === language() ? found.translate(text) : text
}

/** Each of the texts between two separators, such as " · ". */
export const saidEach = (text: string, separator: string): string => text.split(separator).map(said).join(separator)
