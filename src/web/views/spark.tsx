const width = 84
const height = 18

/** A row of bars as small as a word: how often, over the last week. */
export function Spark(props: { counts: readonly number[]; label: string }) {
  const path = (): string => {
    const most = Math.max(1, ...props.counts)
    const step = width / Math.max(1, props.counts.length)
    return props.counts
      .map((count, index) => {
        if (count === 0) return ''
        // What is there at all is seen.
        const tall = Math.max(1.5, (count / most) * height)
        return `M${(index * step).toFixed(2)} ${height}v${(-tall).toFixed(2)}h${(step - 0.75).toFixed(2)}v${tall.toFixed(2)}z`
      })
      .join('')
  }
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={props.label}
    >
      <path class="base" d={`M0 ${height - 0.5}h${width}`} />
      <path d={path()} />
    </svg>
  )
}
