import { For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { now } from '../api/data.ts'
import type { Boot, ReportRow } from '../api/types.ts'
import { dateTime } from '../i18n/format.ts'
import { t } from '../i18n/index.ts'
import { isRunning } from './boot-list.tsx'

interface Bar {
  boot: Boot
  from: number
  to: number
  how: string
}

/** A thousandth of the width: what is shorter could not be seen. */
const LEAST = 2

/** Boots as bars one behind the other, exceptions as marks on them. */
export function Timeline(props: { boots: readonly Boot[]; reports: readonly ReportRow[] }) {
  const bars = (): Bar[] => {
    const boots = props.boots.toSorted((a, b) => (a.began ?? a.firstSeen) - (b.began ?? b.firstSeen))
    return boots.map((boot, index) => {
      const next = boots[index + 1]
      const running = isRunning(boot, next === undefined)
      const end = boot.ended ?? (running ? now() : boot.lastSeen)
      const limit = next === undefined ? Number.POSITIVE_INFINITY : (next.began ?? next.firstSeen)
      const how = boot.ending?.how ?? (running ? 'running' : 'unknown')
      return { boot, from: boot.began ?? boot.firstSeen, to: Math.min(end, limit), how }
    })
  }
  const range = () => {
    const times = [...bars().flatMap(({ from, to }) => [from, to]), ...props.reports.map(({ at }) => at)]
    const from = Math.min(...times)
    return { from, length: Math.max(60_000, Math.max(...times) - from) }
  }
  const x = (at: number): number => ((at - range().from) / range().length) * 1000
  const titleOf = ({ boot, how }: Bar): string =>
    how === 'running'
      ? t().hosts.boots.running
      : t().hosts.endings[how as keyof ReturnType<typeof t>['hosts']['endings']] +
        (boot.release === undefined ? '' : ` · ${visible(boot.release)}`)
  return (
    <Show when={bars().length + props.reports.length > 0}>
      <figure class="timeline">
        <div class="track">
          <svg viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label={t().hosts.boots.timeline}>
            <For each={bars()}>
              {bar => (
                <rect
                  class="span"
                  data-how={bar.how}
                  x={x(bar.from)}
                  y="14"
                  width={Math.max(LEAST, x(bar.to) - x(bar.from))}
                  height="12"
                >
                  <title>{`${dateTime(bar.from)} · ${titleOf(bar)}`}</title>
                </rect>
              )}
            </For>
          </svg>
          {/* Over the drawing and not in it: what Solid makes of an <a> in there is none of SVG's, and draws nothing. */}
          <For each={props.reports}>
            {report => (
              <a
                class="mark"
                href={`/reports/${report.id}`}
                data-severity={report.severity}
                style={{ left: `${x(report.at) / 10}%` }}
                title={`${dateTime(report.at)} · ${visible(report.title)}`}
              >
                <span class="unseen">{visible(report.title)}</span>
              </a>
            )}
          </For>
        </div>
        <figcaption class="about">
          <span>{dateTime(range().from)}</span>
          <span>{dateTime(range().from + range().length)}</span>
        </figcaption>
      </figure>
    </Show>
  )
}
