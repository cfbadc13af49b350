// Sentences for people that a reader may want in another language.
//
// They stay English text wherever they go: in reports, in the API's answers, in stores, on terminals. A page that has
// another language knows a sentence again by its template, "the fault is at {0}", and fills the holes of its own
// (src/web/i18n/said.ts). So what an older Faultline wrote is understood too, and no format carries a second text.
//
// What makes a sentence easy to know again: two holes do not touch, a part that may be missing or be another is a sentence
// of its own in a hole, and no word that bends (is, are) stands alone in one. tests/said.test.ts holds all of them to that.

/** The text itself; the tag says that it is such a sentence. A newline in it, or a hole beside a hole, is a mistake. */
export function say(words: TemplateStringsArray, ...values: readonly (string | number | bigint | undefined)[]): string {
  let text = words[0] ?? ''
  for (const [index, value] of values.entries()) text += `${value}${words[index + 1]}`
  return text
}
