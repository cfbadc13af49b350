// What a host is called by others: whoever sends can write anything there.

import { visible } from '../../core/render/safe.ts'

/** RFC 1035 §2.3.4 allows 253 characters as they are written. */
const MAX_HOST_NAME = 253

/** Nothing is hidden in it; '' stays. */
export const hostNameOf = (said: string): string => visible(said.slice(0, MAX_HOST_NAME)).slice(0, MAX_HOST_NAME)
