export const root: string
export const testPrograms: Record<string, string>
export const slowPrograms: Record<string, string>
export const crossCompilers: Record<string, string>
export function projectNode(): string
export function ensureInstalled(): Promise<void>
export function ensurePrograms(programs: Record<string, string>): string[]
