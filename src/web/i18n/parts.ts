// Headings and labels of a report come from the core in English; here they get the reader's words, where there are any.

import { t } from './index.ts'

const wordFor = (text: string): string => t().report.parts[text] ?? text

/** "Registers, kernel mode, at fl_read" by its pieces; "Stack, 20 words" keeps its numbers. */
export const partTitle = (title: string): string => title.split(', ').map(wordFor).join(', ')

export const factLabel = (label: string): string => t().report.labels[label] ?? label
