// What the rows of faults and traps have in common.

import type { Culprit } from '../row.ts'

/** Where the program counter stood; where that is nowhere, who called. */
export const pcThenTrace: Culprit = { ways: [['pc', 'trace'], ['trace']], link: true }

/** Under this name all wrong accesses by one function are one bug. */
export const badAccess = ['bad-access in {function}']

export const nullTitle = 'BUG: unable to handle kernel NULL pointer dereference in {function}'
export const pagingTitle = 'BUG: unable to handle kernel paging request in {function}'
