// What the lab is doing, on standard error: one line that is drawn over on a terminal, plain lines elsewhere.

const started = performance.now()
let quiet = false

export function beQuiet(): void {
  quiet = true
}

export function tell(text: string): void {
  if (quiet) return
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
  process.stderr.write(`${seconds}s  ${text}\n`)
}
