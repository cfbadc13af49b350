import { now } from '../api/data.ts'
import { ago, dateTime } from '../i18n/format.ts'

/** "3 min ago", with the time itself where one points. */
export function Ago(props: { at: number }) {
  return (
    <time dateTime={new Date(props.at).toISOString()} title={dateTime(props.at)}>
      {ago(props.at, now())}
    </time>
  )
}
