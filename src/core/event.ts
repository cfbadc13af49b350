// A moment of the kernel's, as `faultline events --json` prints it and bundles keep it: one object a line.

export const eventKinds = [
  'signal',
  'exit',
  'oom',
  'oops',
  'warning',
  'panic',
  'halt',
  'restart',
  'power-off',
  'kexec',
  'module-load',
  'module-unload',
  'suspend',
  'resume',
  'machine-check',
  'edac',
  'aer',
  'memory-failure',
] as const

export type EventKindName = (typeof eventKinds)[number]

export interface EventTask {
  pid: number
  /** absent when it was gone before it could be asked */
  comm?: string
}

/** A value of an event's details: numbers are plain, addresses `0x…`. */
export type EventDetail = number | string | boolean | { readonly [name: string]: EventDetail }

export interface KernelEvent {
  schema: 'faultline.event/1'
  kind: EventKindName
  /** microseconds of CLOCK_MONOTONIC, and the same by the wall, ISO 8601 UTC */
  monotonicUs: number
  wall: string
  cpu: number
  /** who was running: of a signal its sender, of an exit who ended */
  task?: EventTask
  /** how it was seen: the tracepoint or the function that was probed */
  source: string
  /** by the kind: docs/events.md has them */
  details: { readonly [name: string]: EventDetail }
}
