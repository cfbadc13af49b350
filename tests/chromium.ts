/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Debian's Chromium, and what any page of ours must hold in it.

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { webFolder } from '../src/server/web-folder.ts'

const executablePath = '/usr/bin/chromium'

/** Why there can be no test in a browser, or false. */
export const missingBrowser = !existsSync(executablePath)
  ? `${executablePath} is not installed`
  : webFolder() === undefined
    ? 'the page is not built: npm run build'
    : false

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
    ],
  })

/** Runs in the page: visible texts whose colour is too near to the ground under them. */
export function contrastProblems(): string[] {
  const parse = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (rgb: number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.slice(0, 3).map(value => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const groundOf = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if ((colour[3] ?? 1) > 0.99) return colour
    }
    return [255, 255, 255]
  }
  const poor = new Set<string>()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (element === null || (node.textContent ?? '').trim() === '' || element.getClientRects().length === 0) continue
    const style = getComputedStyle(element)
    if (style.visibility === 'hidden' || element.closest('.unseen, :disabled') !== null) continue
    const [light, dark] = [luminance(parse(style.color)), luminance(groundOf(element))].sort((a, b) => b - a) as [
      number,
      number,
    ]
    const ratio = (light + 0.05) / (dark + 0.05)
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${style.color} ${ratio.toFixed(2)}`)
  }
  return [...poor]
}

/** Runs in the page: controls that a screen reader could not name. */
export function namelessControls(): string[] {
  return [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, a, nav, meter')]
    .filter(element => {
      const label =
        element.getAttribute('aria-label') ??
        ('labels' in element ? (element as HTMLInputElement).labels?.[0]?.textContent : '')
      return (label ?? '') === '' && (element.textContent ?? '').trim() === ''
    })
    .map(element => element.outerHTML.slice(0, 120))
}
