/** A button that asks for files. The field behind it is for the browser, and for tests. */
export function FileButton(props: {
  label: string
  class?: string
  disabled?: boolean
  onFiles: (files: Iterable<File>) => unknown
}) {
  let picker: HTMLInputElement | undefined
  return (
    <>
      <button type="button" class={props.class} disabled={props.disabled} onClick={() => picker?.click()}>
        {props.label}
      </button>
      <input
        ref={element => (picker = element)}
        type="file"
        multiple
        class="unseen"
        tabindex="-1"
        aria-label={props.label}
        onChange={event => props.onFiles(event.currentTarget.files ?? [])}
      />
    </>
  )
}
