/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Crashes of the lab's module, and when a page that is open shows them.

import { userSpace } from '../lab/boot.ts'
import { x86_64 } from '../lab/guests/x86_64.ts'
import { kernelOf } from '../lab/kernel.ts'
import { faultLine } from '../lab/module/lines.ts'

export const titleOf = (name: string): string => `BUG: unable to handle kernel NULL pointer dereference in ${name}`

/** Of a fault's line in the module's source, as a page has it. */
export const placeOf = (fault: string): string => `lab/module/fl.c:${faultLine(fault)}`

/** The lab's module as the guest has it, with debug information. */
export const moduleFile = async (): Promise<string> => (await userSpace(x86_64, await kernelOf(x86_64))).modules.fl

/** By this a crash is on the page, after the last of it has arrived, ms. */
export const SHOWN_MS = 2000

/** ms since 1970, as a page's performance has it too */
export const nowMs = (): number => performance.timeOrigin + performance.now()

/** Runs in the page: when the newest reports have one of this title. */
export const shownAt = (title: string): Promise<number> =>
  new Promise(resolve => {
    const look = (): void => {
      if (!(document.querySelector('.latest')?.textContent ?? '').includes(title)) return
      observer.disconnect()
      resolve(performance.timeOrigin + performance.now())
    }
    const observer = new MutationObserver(look)
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
    look()
  })
