import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { frameClass, type TraceLine } from '../../core/render/traces.ts'
import { assignment } from '../../core/render/variables.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'

const words = () => t().report

/** Frames that a trace shows at once; a stack overflow has hundreds. */
const frameBound = 64

/** Frames in the order the calls return; what the unwinder was not sure of is lighter. */
export function FrameList(props: { lines: readonly TraceLine[]; onLine: (line: number) => void }) {
  const [bound, setBound] = createSignal(frameBound)
  return (
    <>
      <ol class="frames">
        <For each={props.lines.slice(0, bound())}>{line => <Line line={line} onLine={props.onLine} />}</For>
      </ol>
      <Show when={props.lines.length > bound()}>
        <button type="button" onClick={() => setBound(props.lines.length)}>
          {words().more(props.lines.length - bound())}
        </button>
      </Show>
    </>
  )
}

function Line(props: { line: TraceLine; onLine: (line: number) => void }) {
  const { line } = props
  if (line.kind === 'context') return <li class="context">{visible(said(line.text))}</li>
  if (line.kind === 'inline') {
    return (
      <li class="inline">
        <code>{visible(said(line.name))}</code> <span class="place">{visible(line.place)}</span>{' '}
        <span class="extra">{words().inlined}</span>
      </li>
    )
  }
  if (line.kind === 'variables') {
    return (
      <li class="variables">
        <For each={line.variables}>
          {each => (
            <>
              <span class="variable" title={visible([each.type, said(each.where)].filter(Boolean).join(', '))}>
                {visible(assignment({ ...each, where: said(each.where) }))}
              </span>{' '}
            </>
          )}
        </For>
      </li>
    )
  }
  const plus = line.name.lastIndexOf('+0x')
  const split = plus <= 0 ? line.name.length : plus
  const number = line.line
  return (
    <li class={frameClass(line)} title={line.blamed ? words().blamed : line.reliable ? undefined : words().unreliable}>
      <code>
        {visible(line.name.slice(0, split))}
        <span class="offset">{visible(line.name.slice(split))}</span>
      </code>
      <Show when={line.module}>
        {module => (
          <>
            {' '}
            <span class="module">{visible(module())}</span>
          </>
        )}
      </Show>
      <Show when={line.place}>
        {place => (
          <>
            {' '}
            <span class="place">{visible(place())}</span>
          </>
        )}
      </Show>
      <Show when={line.inferred}>{why => <span class="extra"> {words().inferred(visible(said(why())))}</span>}</Show>
      <Show when={line.weight}>{why => <span class="extra"> {visible(said(why()))}</span>}</Show>
      <Show when={line.returnTo}>{to => <span class="extra"> {visible(to())}</span>}</Show>
      <Show when={number !== undefined}>
        {' '}
        <button
          type="button"
          class="line"
          title={words().showLine(number ?? 0)}
          onClick={() => props.onLine(number ?? 0)}
        >
          {number}
        </button>
      </Show>
    </li>
  )
}
