import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nullDereference } from '../../../tests/samples/reports.ts'
import { renderMarkdown } from './markdown.ts'
import { markdownCode, markdownFence, markdownSafe } from './safe.ts'

test('a bug report: title, cause, facts, trace, the log folded', () => {
  const text = renderMarkdown(nullDereference)
  assert.match(text, /^## BUG: unable to handle kernel NULL pointer dereference in fl_null_read\n/)
  assert.match(text, /^\| by \| `sh, pid 135, uid 0 on CPU 0` \|$/m)
  assert.match(text, /### Call Trace\n\n```\n/)
  assert.match(text, /<details><summary>Log, 4 lines<\/summary>\n\n```\nBUG: kernel NULL/)
})

test('names stay readable, markup does not work', () => {
  assert.equal(markdownSafe('WARNING in fl_null_read'), 'WARNING in fl_null_read')
  assert.equal(markdownSafe('__foo__ *b* [x](y) <i>'), '\\_\\_foo\\_\\_ \\*b\\* \\[x\\](y) &lt;i&gt;')
  assert.equal(markdownSafe('# heading'), '\\# heading')
  assert.equal(markdownSafe('1. item'), '&#49;. item')
  assert.equal(markdownSafe('ping @all'), '`ping @all`')
  assert.equal(markdownCode('a`b'), '``a`b``')
  assert.equal(markdownCode('`'), '`` ` ``')
  assert.equal(markdownCode('a|b', true), '`a\\|b`')
  assert.equal(markdownFence('```\nx'), '````\n```\nx\n````\n')
})
