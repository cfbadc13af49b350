import { createSignal } from 'solid-js'

/** The ids whose box is ticked. */
export function useSelection() {
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set())
  return {
    selected,
    select: (id: string, on: boolean): void => {
      setSelected(before => {
        const after = new Set(before)
        if (on) after.add(id)
        else after.delete(id)
        return after
      })
    },
    unselect: (): void => {
      setSelected(new Set<string>())
    },
  }
}
