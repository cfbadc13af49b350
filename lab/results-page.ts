import type { Results } from './matrix.ts'
export const htmlOf = (results: Results): string => JSON.stringify(results)
