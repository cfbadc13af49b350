/** Whether a built part is as new as its sources. */
export function isBuilt(part: 'cli' | 'web'): boolean
export function markBuilt(part: 'cli' | 'web', began: number): void
