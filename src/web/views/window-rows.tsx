import { createWindowVirtualizer } from '@tanstack/solid-virtual'
import { createSignal, For, type JSX, onMount } from 'solid-js'

/** Rows of a long list in a page that scrolls as a whole: where each is, and which are in sight. */
export function useWindowRows(list: {
  count: () => number
  rowPx: number
  overscan: number
  keyOf?: (index: number) => string | number
}) {
  const [top, setTop] = createSignal(0)
  const { count, rowPx, overscan, keyOf } = list
  const rows = createWindowVirtualizer({
    get count() {
      return count()
    },
    estimateSize: () => rowPx,
    overscan,
    get scrollMargin() {
      return top()
    },
    ...(keyOf === undefined ? {} : { getItemKey: keyOf }),
  })
  return { rows, top, setTop }
}

/** Draws those in sight alone. */
export function WindowRows(props: {
  list: ReturnType<typeof useWindowRows>
  class: string
  busy: boolean
  children: (index: number) => JSX.Element
}) {
  const { rows, top, setTop } = props.list
  let box: HTMLDivElement | undefined
  onMount(() => setTop(box?.offsetTop ?? 0))
  return (
    <div
      class={props.class}
      ref={element => (box = element)}
      style={{ height: `${rows.getTotalSize()}px` }}
      aria-busy={props.busy}
    >
      <For each={rows.getVirtualItems()}>
        {item => (
          <div
            class="virtual"
            data-index={item.index}
            ref={element => queueMicrotask(() => rows.measureElement(element))}
            style={{ transform: `translateY(${item.start - top()}px)` }}
          >
            {props.children(item.index)}
          </div>
        )}
      </For>
    </div>
  )
}
