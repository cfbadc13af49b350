import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBytes } from './decoder.ts'

const decode = (...lines: string[]) => decodeBytes(new TextEncoder().encode(`${lines.join('\n')}\n`))

// mm/page_alloc.c, bad_page(); mm/debug.c, dump_page()
const badPage = [
  'BUG: Bad page state in process fl-dmad  pfn:10a5c',
  'page:00000000a1b2c3d4 refcount:-1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x10a5c',
  'flags: 0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)',
  'raw: 000fffffc0000000 dead000000000100 dead000000000122 0000000000000000',
  'page dumped because: nonzero _refcount',
]
const owned = [
  'page_owner tracks the page as allocated',
  'page last allocated via order 0, migratetype Unmovable, gfp_mask 0x40c40(GFP_NOFS|__GFP_COMP), pid 5, tgid 5 (fl), ts 64, free_ts 55',
]
const found = [
  'CPU: 2 PID: 1412 Comm: fl-dmad Not tainted 6.1.0-18-amd64 #1',
  'Call Trace:',
  ' <TASK>',
  ' dump_stack_lvl+0x44/0x5c',
  ' bad_page.cold+0x63/0x8f',
  ' get_page_from_freelist+0x8d1/0x1140',
  ' __alloc_pages+0x1dc/0x330',
  ' fl_dma_refill+0x5c/0xb0 [fl_dma]',
  ' fl_dma_poll+0x19a/0x240 [fl_dma]',
  ' </TASK>',
]

test('a bad page of a kernel without page_owner is whole, and named by where it was found', () => {
  const [report] = decode(...badPage, ...found)
  assert.equal(report?.title, 'BUG: Bad page state in fl_dma_refill')
  assert.equal(report.damage, undefined)
})

test('with page_owner the page is named by where it came from, and nothing else will do', () => {
  const origin = [' prep_new_page+0x1/0x2', ' __alloc_pages+0x1dc/0x330', ' fl_get_buffer+0x5c/0xb0']
  assert.equal(decode(...badPage, ...owned, ...origin, ...found)[0]?.title, 'BUG: Bad page state in fl_get_buffer')
  const [torn] = decode(...badPage, ...owned, ...found)
  assert.equal(torn?.damage?.[0]?.what, 'missing-part')
})
