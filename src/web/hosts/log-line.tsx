import { Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import type { HostLogRecord } from '../api/types.ts'
import { dateTime } from '../i18n/format.ts'
import { languageTag, t } from '../i18n/index.ts'

/** "14:03:07.123" */
const clock = (at: number): string =>
  new Date(at).toLocaleTimeString(languageTag(), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    fractionalSecondDigits: 3,
  })

/** One record: when, what; where a boot begins and where the kernel lost some, a line says so. */
export function LogLine(props: { record: HostLogRecord; before: HostLogRecord | undefined }) {
  const anew = () => props.before?.boot !== props.record.boot
  return (
    <div class="log-line" data-level={props.record.level}>
      <Show when={anew()}>
        <p class="mark-line">
          {t().hosts.logPage.newBoot} {visible(props.record.boot)} · {dateTime(props.record.at)}
        </p>
      </Show>
      <Show when={props.record.missingBefore}>
        {missing => <p class="mark-line lost">{t().hosts.logPage.missing(missing())}</p>}
      </Show>
      <time title={dateTime(props.record.at)} dateTime={new Date(props.record.at).toISOString()}>
        {clock(props.record.at)}
      </time>
      <span class="said">{props.record.text.split('\n').map(visible).join('\n')}</span>
    </div>
  )
}
