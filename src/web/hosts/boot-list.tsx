import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { pathWith } from '../api/client.ts'
import { now } from '../api/data.ts'
import type { Boot } from '../api/types.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'

/** Said to be alive so lately, a boot without an end runs. */
const ALIVE_MS = 26 * 60 * 60 * 1000

export const isRunning = (boot: Boot, latest: boolean): boolean =>
  latest && boot.ending === undefined && boot.ended === undefined && now() - boot.lastSeen < ALIVE_MS

/** Each boot: when it began, how it ended and why that is thought. */
export function BootList(props: { host: string; boots: readonly Boot[] }) {
  const words = () => t().hosts.boots
  const sorted = () => props.boots.toSorted((a, b) => (b.began ?? b.firstSeen) - (a.began ?? a.firstSeen))
  return (
    <section>
      <h2>{words().title}</h2>
      <For each={sorted()} fallback={<p class="quiet">{words().none}</p>}>
        {(boot, index) => <BootLine host={props.host} boot={boot} latest={index() === 0} />}
      </For>
    </section>
  )
}

function BootLine(props: { host: string; boot: Boot; latest: boolean }) {
  const words = () => t().hosts.boots
  const ending = () => props.boot.ending
  const how = () => {
    const end = ending()
    if (end === undefined || end.how === 'unknown') {
      return isRunning(props.boot, props.latest) ? words().running : words().unknown
    }
    return `${t().hosts.endings[end.how]} (${t().hosts.confidence[end.confidence]})`
  }
  return (
    <div class="boot" data-how={ending()?.how ?? (isRunning(props.boot, props.latest) ? 'running' : 'unknown')}>
      <p>
        <b class="how">{how()}</b>
        <span class="quiet">
          {words().began} {dateTime(props.boot.began ?? props.boot.firstSeen)}
        </span>
        <Show when={props.boot.release}>{release => <span>{visible(release())}</span>}</Show>
        <Show when={props.boot.reports > 0}>
          <span>{words().reports(props.boot.reports)}</span>
        </Show>
        <Show when={props.boot.log}>
          {log => (
            <a href={pathWith(`/hosts/${props.host}/log`, { boot: props.boot.bootId })}>
              {words().log(log().records)}
              {log().missing > 0 ? `, ${words().missing(log().missing)}` : ''}
            </a>
          )}
        </Show>
      </p>
      <Show when={ending()?.title}>{title => <p>{visible(title())}</p>}</Show>
      <Show when={(ending()?.because ?? []).length > 0}>
        <details>
          <summary>{words().because}</summary>
          <ul>
            <For each={ending()?.because}>
              {clue => (
                <li>
                  {visible(said(clue.what))} <span class="quiet">{visible(said(clue.from))}</span>
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
    </div>
  )
}
