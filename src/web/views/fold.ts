/** Folds or unfolds all parts of the report that is shown. */
export function foldAll(): void {
  const parts = [...document.querySelectorAll<HTMLDetailsElement>('details.part')]
  const open = parts.some(part => !part.open)
  for (const part of parts) part.open = open
}
