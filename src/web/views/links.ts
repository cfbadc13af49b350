// Addresses of pages, with what they show.

import { pathWith, type Query } from '../api/client.ts'

/** The list of issues, filtered. */
export const issuesWith = (filters: Query): string => pathWith('/issues', filters)
export const diffOf = (one: string, other: string): string => pathWith('/diff', { one, other })
