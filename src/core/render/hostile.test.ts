// No text of a log gets out of its place: not on a terminal, not in HTML, not in Markdown, not in JSON.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'parse5'
import { samples, withText } from '../../../tests/samples/reports.ts'
import { HtmlPage, renderHtml } from './html.ts'
import { renderJsonLine } from './json.ts'
import { renderMarkdown } from './markdown.ts'
import { renderSummary } from './summary.ts'
import { renderTerminal } from './terminal.ts'

const nasty = [
  '\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil/\x1b\\x',
  '\x9b31m\x90q\x9c\x85',
  '</pre></details></style></title><script>alert(1)</script><img src=x onerror=alert(1)>',
  '"onmouseover="alert(1)" x=\'y\'',
  '```\n````\n~~~\n</details>\n# owned\n@everyone #1 http://evil www.evil.org',
  '| a | b |\n|---|---|\n``|`',
  '[x](javascript:alert(1)) ![y](http://evil) <b> &lt; **bold** __x__',
  '\u202eevil\u2066\u200b\u200d\ufeff\u{e0041}\u00ad\u2028\u2029',
  '\r\n\t\0\x08\x7f',
  '\ud800 lone \udc00',
  '-->]]><!--',
  '',
]
const hostileText = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom(...nasty, '`', '|', '\n', '\\', '<', '&'), { maxLength: 8 }).map(parts => parts.join('')),
)
const hostileReport = fc.tuple(fc.constantFrom(...samples), hostileText).map(([report, text]) => withText(report, text))
const runs = { numRuns: 300, seed: 20260821 }

const unseen = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

test('terminal: no controls but our own SGR, nothing that hides or turns text', () => {
  fc.assert(
    fc.property(hostileReport, fc.boolean(), fc.integer({ min: 0, max: 200 }), (report, verbose, width) => {
      const coloured = renderTerminal(report, { colour: true, width, verbose, raw: true })
      assert.doesNotMatch(coloured.replace(/\x1b\[(?:0|[1-9]\d*(?:;\d+)*)m/g, ''), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
      const plain = renderTerminal(report, { colour: false, width, verbose, raw: true })
      assert.doesNotMatch(plain, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
      assert.doesNotMatch(coloured, unseen)
      const line = renderSummary(report, { colour: false })
      assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f]/)
    }),
    runs,
  )
})

test('terminal: every SGR we open is closed on its line', () => {
  for (const report of samples) {
    for (const line of renderTerminal(report, { colour: true, width: 80, verbose: true, raw: true }).split('\n')) {
      const codes = line.match(/\x1b\[[\d;]+m/g) ?? []
      assert.equal(codes.length % 2, 0, line)
      assert.ok(codes.length === 0 || codes.at(-1) === '\x1b[0m', line)
    }
  }
})

interface Node {
  nodeName: string
  attrs?: { name: string; value: string }[]
  childNodes?: Node[]
  value?: string
}

/** Elements with their attribute names, text left out: what a page is made of. */
function shapeOf(node: Node): string {
  const attributes = (node.attrs ?? []).map(({ name, value }) => {
    // These values are ours; all others are none.
    return ['class', 'id', 'href', 'data-severity', 'scope', 'tabindex', 'aria-label'].includes(name)
      ? `${name}=${value}`
      : name
  })
  const children = (node.childNodes ?? []).filter(child => child.nodeName !== '#text').map(shapeOf)
  return `<${[node.nodeName, ...attributes].join(' ')}>${children.join('')}</>`
}

/** These depend on the text: a "why" that would repeat the title, a mark on a code unit, the frame that the title names. */
const comparable = (page: string): string =>
  shapeOf(parse(page) as unknown as Node).replace(/<p class=why><\/>|<mark><\/>| blamed/g, '')

test('HTML: the page has the same elements and attributes whatever the log says', () => {
  fc.assert(
    fc.property(fc.constantFrom(...samples), hostileText, (report, text) => {
      // Where a log has no text at all, parts fall away; both sides get some.
      const filled = `x${text}y`
      const expected = comparable(renderHtml([withText(report, 'x 0x1 y')]))
      const page = renderHtml([withText(report, filled)])
      assert.equal(comparable(page), expected)
      assert.doesNotMatch(page, unseen)
      assert.doesNotMatch(page, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
    }),
    runs,
  )
})

test('HTML: nothing is fetched and nothing runs', () => {
  const page = renderHtml([...samples, ...nasty.map(text => withText(samples[0]!, text))])
  const visit = (node: Node): void => {
    assert.ok(
      !['script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form'].includes(node.nodeName),
      node.nodeName,
    )
    for (const { name, value } of node.attrs ?? []) {
      assert.doesNotMatch(name, /^on|^style$|^src/)
      if (name === 'href') assert.match(value, /^#report-\d+$/)
    }
    for (const child of node.childNodes ?? []) visit(child)
  }
  visit(parse(page) as unknown as Node)
  assert.doesNotMatch(page.slice(0, page.indexOf('</style>')), /url\(|@import/)
})

test('HTML: written report by report is the page written at once', () => {
  const page = new HtmlPage()
  const parts = [page.begin(), ...samples.map(report => page.report(report)), page.end()]
  assert.equal(parts.join(''), renderHtml(samples))
})

/** Lines outside code fences, by CommonMark's rules for fences (§4.5): closed by as many back-ticks or more, alone. */
function outsideFences(markdown: string): string[] {
  const outside: string[] = []
  let fence = 0
  for (const line of markdown.split('\n')) {
    const ticks = /^ {0,3}(`{3,})([^`]*)$/.exec(line)
    if (fence === 0 && ticks !== null) fence = ticks[1]!.length
    else if (fence > 0 && ticks !== null && ticks[1]!.length >= fence && ticks[2]!.trim() === '') fence = 0
    else if (fence === 0) outside.push(line)
  }
  assert.equal(fence, 0, 'a fence stays open')
  return outside
}

test('Markdown: the lines outside code are ours, and no mark in them is the log’s', () => {
  fc.assert(
    fc.property(hostileReport, report => {
      const markdown = renderMarkdown(report)
      assert.doesNotMatch(markdown, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
      assert.doesNotMatch(markdown, unseen)
      const outside = outsideFences(markdown)
      for (const line of outside) {
        // Code spans away (a run of n back-ticks up to the next run of n), then escapes: what is left is live.
        const live = line
          .replace(/(?<!`|\\)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '')
          .replace(/\\[!-/:-@[-`{-~]/g, '')
          .replace(/^<details><summary>[^<>]*<\/summary>$|^<\/details>$/, '')
        assert.doesNotMatch(live, /[<>`[\]@]|:\/\//, line)
      }
      assert.equal(
        outside.filter(line => line === '</details>').length,
        outside.filter(line => line.startsWith('<details>')).length,
      )
      assert.equal(
        outside.filter(line => /^#{1,6} /.test(line)).length,
        renderMarkdown(report).match(/^#{2,3} /gm)!.length,
      )
    }),
    runs,
  )
})

test('JSON: one line, the same value, nothing unseen in it', () => {
  fc.assert(
    fc.property(hostileReport, report => {
      const line = renderJsonLine(report)
      assert.equal(line.indexOf('\n'), line.length - 1)
      assert.doesNotMatch(line.slice(0, -1), /[\x00-\x1f\x7f-\x9f]/)
      assert.doesNotMatch(line, unseen)
      assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify(report)))
    }),
    runs,
  )
})

test('a report of absurd size is drawn without a throw', () => {
  const frames = Array.from({ length: 200_000 }, (_, index) => ({ symbol: `f${index}`, reliable: true }))
  const words = Array.from({ length: 200_000 }, () => ({ value: 'ffffffff' }))
  const modules = Array.from({ length: 200_000 }, (_, index) => ({ name: `m${index}` }))
  const huge = { ...samples[0]!, traces: [{ title: 'Call Trace', frames }], stack: { words }, modules }
  assert.ok(renderTerminal(huge, { colour: true, width: 80, verbose: true }).length > 1e6)
  assert.ok(renderMarkdown(huge).length > 1e6)
  assert.ok(renderHtml([huge]).length > 1e6)
})
