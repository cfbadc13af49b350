import { createSignal, Show } from 'solid-js'
import { may } from '../api/session.ts'
import type { IssueDetail } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { useKeys } from '../keys.ts'
import { go } from '../router.ts'
import { copy } from '../shell/clipboard.ts'
import { changeState, mergeInto, type StateChange } from './actions.ts'
import { FixedDialog } from './fixed-dialog.tsx'
import { PickIssue } from './pick-issue.tsx'

/** The buttons of an issue, and their keys. */
export function IssueActions(props: { issue: IssueDetail; onChange: () => void }) {
  const words = () => t().issue.actions
  const [asking, setAsking] = createSignal<'fixed' | 'merge'>()
  const open = (): boolean => ['new', 'recurring', 'regressed'].includes(props.issue.state)
  const set = (change: StateChange): void => {
    setAsking(undefined)
    if (may('triager')) void changeState([props.issue.id], change, props.onChange)
  }
  const merge = (into: string): void => {
    setAsking(undefined)
    const { id } = props.issue
    void mergeInto([id], into, props.onChange).then(done => {
      if (done.length > 0) go(`/issues/${into}`)
    })
  }
  const copyLink = (): Promise<void> => copy(`${location.origin}/issues/${props.issue.id}`, words().linked)
  const keys = () => t().issue.keys
  useKeys([
    { key: 'n', what: () => keys().known, run: () => set({ state: 'known' }) },
    { key: 'i', what: () => keys().ignore, run: () => set({ state: 'ignored' }) },
    { key: 'o', what: () => keys().open, run: () => set({ state: 'open' }) },
    { key: 'f', what: () => keys().fixed, run: () => may('triager') && setAsking('fixed') },
    { key: 'M', what: () => keys().merge, run: () => may('triager') && setAsking('merge') },
  ])
  return (
    <div class="issue-actions" role="toolbar" aria-label={words().label}>
      <Show when={may('triager')}>
        <Show when={!open()}>
          <button type="button" onClick={() => set({ state: 'open' })}>
            {words().open}
          </button>
        </Show>
        <Show when={props.issue.state !== 'known'}>
          <button type="button" onClick={() => set({ state: 'known' })}>
            {words().known}
          </button>
        </Show>
        <Show when={props.issue.state !== 'ignored'}>
          <button type="button" onClick={() => set({ state: 'ignored' })}>
            {words().ignore}
          </button>
        </Show>
        <button type="button" onClick={() => setAsking('fixed')}>
          {words().fixed}
        </button>
        <button type="button" onClick={() => setAsking('merge')}>
          {words().merge}
        </button>
      </Show>
      <span class="away">
        <button type="button" onClick={() => void copyLink()}>
          {words().link}
        </button>
        <a class="button" href={`/api/v1/issues/${props.issue.id}/html`} download="">
          {words().html}
        </a>
      </span>
      <Show when={asking() === 'fixed'}>
        <FixedDialog
          release={props.issue.fixedIn}
          onFixed={fixedIn => set({ state: 'fixed', fixedIn })}
          onClose={() => setAsking(undefined)}
        />
      </Show>
      <Show when={asking() === 'merge'}>
        <PickIssue
          title={t().issue.pick.merge}
          not={props.issue.id}
          words={functionOf(props.issue.title)}
          onPick={merge}
          onClose={() => setAsking(undefined)}
        />
      </Show>
    </div>
  )
}

/** "KASAN: use-after-free in foo" → "foo": the same bug is often found under another title there. */
const functionOf = (title: string): string => / in ([A-Za-z_][\w.]*)$/.exec(title)?.[1] ?? ''
