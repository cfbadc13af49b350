// A filter of alerts as a person writes it: severity=oops,panic host=rack7-*

export const filterText = (filter: Readonly<Record<string, unknown>>): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : value}`)
    .join(' ')

/** Throws the word that is none. */
export function filterOf(text: string): Record<string, unknown> {
  const filter: Record<string, unknown> = {}
  // A title may have blanks: what follows without "=" belongs to the word before.
  for (const word of text.trim().split(/\s+(?=\w+=)/)) {
    if (word === '') continue
    const { name, value } = /^(?<name>\w+)=(?<value>.+)$/s.exec(word)?.groups ?? {}
    if (name === undefined || value === undefined) throw new FilterError(word)
    filter[name] = name === 'severity' ? value.split(',') : name === 'fatal' ? value === 'true' : value
  }
  return filter
}

export class FilterError extends Error {
  readonly word: string
  constructor(word: string) {
    super(word)
    this.word = word
  }
}
