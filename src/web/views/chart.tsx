import { createEffect, createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { count, dateTime, short } from '../i18n/format.ts'
import { languageTag } from '../i18n/index.ts'
import { theme } from '../theme.ts'

export interface ChartSeries {
  label: string
  counts: readonly number[]
  /** where a click on its name leads */
  href?: string | undefined
  /** as all that have no colour of their own */
  rest?: boolean
}

const heightPx = 190
const axisPx = 44

/** The name of its colour in styles/base.css. */
const colorOf = ({ rest }: ChartSeries, index: number): string =>
  rest === true ? '--chart-rest' : `--chart-${(index % 7) + 1}`

/** Bars over time, stacked, one colour for each series, with its numbers below for the bar pointed at. */
export function TimeChart(props: {
  label: string
  buckets: readonly number[]
  bucketMs: number
  series: readonly ChartSeries[]
  height?: number
}) {
  const [at, setAt] = createSignal<number>()
  let box: HTMLDivElement | undefined
  let plot: uPlot | undefined

  /** Each series stands on those after it, so the first is drawn first and the last over it. */
  const stacked = createMemo((): uPlot.AlignedData => {
    const sums = props.buckets.map(() => 0)
    const rows: number[][] = []
    for (const { counts } of props.series.toReversed()) {
      for (const index of sums.keys()) sums[index] = (sums[index] ?? 0) + (counts[index] ?? 0)
      rows.unshift([...sums])
    }
    return [props.buckets.map(bucket => bucket / 1000), ...rows]
  })
  const names = createMemo(() => props.series.map(({ label }) => label).join('\n'))

  const draw = (): void => {
    if (box === undefined) return
    plot?.destroy()
    const width = box.clientWidth
    plot = new uPlot(
      optionsOf({
        width,
        height: props.height ?? heightPx,
        bucketMs: props.bucketMs,
        colors: props.series.map((each, index) => variable(colorOf(each, index))),
        onPoint: setAt,
      }),
      stacked(),
      box,
    )
  }
  onMount(() => {
    const sizes = new ResizeObserver(() => {
      if (box !== undefined && plot !== undefined && plot.width !== box.clientWidth)
        plot.setSize({ width: box.clientWidth, height: props.height ?? heightPx })
    })
    if (box !== undefined) sizes.observe(box)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    onCleanup(() => {
      dark.removeEventListener('change', draw)
      sizes.disconnect()
      plot?.destroy()
    })
    // Made anew when the series are others, the colours, or the words of the axis.
    createEffect(() => {
      names()
      theme()
      languageTag()
      props.buckets.length
      draw()
    })
    createEffect(() => {
      const data = stacked()
      if (plot !== undefined && plot.series.length === data.length) plot.setData(data)
    })
  })
  const total = (counts: readonly number[]): number => counts.reduce((sum, each) => sum + each, 0)
  const figureOf = (counts: readonly number[]): number => {
    const index = at()
    return index === undefined ? total(counts) : (counts[index] ?? 0)
  }
  return (
    <figure class="chart" aria-label={props.label}>
      <div class="plot" ref={element => (box = element)} aria-hidden="true" />
      <figcaption>
        <span class="when">{whenOf(props.buckets, props.bucketMs, at())}</span>
        <ul>
          <For each={props.series}>
            {(each, index) => (
              <li>
                <i style={{ background: `var(${colorOf(each, index())})` }} />
                <Show when={each.href} fallback={<span class="name">{each.label}</span>}>
                  {href => (
                    <a class="name" href={href()}>
                      {each.label}
                    </a>
                  )}
                </Show>{' '}
                <b>{count(figureOf(each.counts))}</b>
              </li>
            )}
          </For>
        </ul>
      </figcaption>
    </figure>
  )
}

const variable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function whenOf(buckets: readonly number[], bucketMs: number, index: number | undefined): string {
  const first = buckets[index ?? 0]
  const last = index === undefined ? buckets.at(-1) : first
  if (first === undefined || last === undefined) return ''
  const format = new Intl.DateTimeFormat(languageTag(), { dateStyle: 'medium', timeStyle: 'short' })
  try {
    return format.formatRange(first, last + bucketMs)
  } catch {
    return dateTime(first)
  }
}

function optionsOf(options: {
  width: number
  height: number
  bucketMs: number
  colors: readonly string[]
  onPoint: (index: number | undefined) => void
}): uPlot.Options {
  const { width, height, bucketMs, colors, onPoint } = options
  const ink = variable('--faint')
  const grid = { stroke: variable('--rule'), width: 1 }
  // Each bar only from where the one below it ends: over each other their edges would show.
  const facet = (values: (self: uPlot, series: number) => number[]) => ({
    unit: 1 as uPlot.Series.BarsPathBuilderFacetUnit.ScaleValue,
    values,
  })
  const bars = uPlot.paths.bars?.({
    size: [0.82, 28],
    align: 1,
    disp: {
      y0: facet((self, series) => [...(self.data[series + 1] ?? self.data[0].map(() => 0))] as number[]),
      y1: facet((self, series) => [...(self.data[series] ?? [])] as number[]),
    },
  })
  const hour = new Intl.DateTimeFormat(languageTag(), { hour: '2-digit', minute: '2-digit', hour12: false })
  const day = new Intl.DateTimeFormat(languageTag(), { month: 'short', day: 'numeric' })
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    // On the right for a word under the last bar.
    padding: [10, 16, 0, 0],
    scales: {
      // The last bar has its place beside its time.
      x: { time: true, range: (_, min, max) => [min, max + bucketMs / 1000] },
      y: { range: (_, __, max) => [0, Math.max(1, max) * 1.05] },
    },
    axes: [
      {
        stroke: ink,
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        font: `11px ${variable('--sans')}`,
        size: 26,
        space: 64,
        values: (_, splits) =>
          splits.map(split => {
            const date = new Date(split * 1000)
            return date.getHours() === 0 && date.getMinutes() === 0 ? day.format(date) : hour.format(date)
          }),
      },
      {
        stroke: ink,
        grid,
        ticks: { show: false },
        font: `11px ${variable('--sans')}`,
        size: axisPx,
        // A low chart still has a line beside its ground.
        space: Math.min(36, height / 4),
        values: (_, splits) => splits.map(split => (Number.isInteger(split) ? short(split) : '')),
      },
    ],
    series: [
      {},
      ...colors.map(fill => ({
        fill,
        stroke: fill,
        width: 0,
        points: { show: false },
        ...(bars ? { paths: bars } : {}),
      })),
    ],
    hooks: {
      setCursor: [
        self => {
          const { left = -1 } = self.cursor
          if (left < 0) return onPoint(undefined)
          // A bar stands to the right of its time.
          const seconds = self.posToVal(left, 'x')
          const times = self.data[0]
          let index = times.length - 1
          while (index > 0 && (times[index] ?? 0) > seconds) index--
          onPoint(index)
        },
      ],
    },
  }
}
