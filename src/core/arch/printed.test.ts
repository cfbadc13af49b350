import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSymbol } from './printed.ts'

const cases: [string, unknown][] = [
  ['fl_bug+0x5/0x10', { symbol: 'fl_bug', offset: 5, size: 16 }],
  ['fl_bug+0x5/0x10 [fltrig]', { symbol: 'fl_bug', offset: 5, size: 16, module: 'fltrig' }],
  [
    'fl_bug+0x5/0x10 [fltrig 0123456789abcdef0123456789abcdef01234567]',
    { symbol: 'fl_bug', offset: 5, size: 16, module: 'fltrig', buildId: '0123456789abcdef0123456789abcdef01234567' },
  ],
  ['fl_bug+0x5/0x10 [fltrig(OE)]', { symbol: 'fl_bug', offset: 5, size: 16, module: 'fltrig' }],
  ['fl_null_read.isra.0+0xc/0x20', { symbol: 'fl_null_read.isra.0', offset: 12, size: 32 }],
  ['.jffs2_write_end+0x12c/0x328', { symbol: '.jffs2_write_end', offset: 300, size: 808 }],
  ['_RNvCs123_7rust_mod3foo+0x4/0x8', { symbol: '_RNvCs123_7rust_mod3foo', offset: 4, size: 8 }],
  ['0x0', { address: '0x0' }],
  ['0xffffffffc0201234', { address: '0xffffffffc0201234' }],
  ['(null)', { address: '0x0' }],
  ['[<          (null)>]           (null)', { address: '0x0' }],
  ['[<c0123456>] fl_bug+0x5/0x10', { address: '0xc0123456', symbol: 'fl_bug', offset: 5, size: 16 }],
  [
    '[<ffffffffa0000123>]  [<ffffffffa0000123>] fl_bug+0x5/0x10 [fltrig]',
    { address: '0xffffffffa0000123', symbol: 'fl_bug', offset: 5, size: 16, module: 'fltrig' },
  ],
  // x86_64 until 2.6.17 counts in decimal
  ['<ffffffff80123456>{fl_bug+22}', { address: '0xffffffff80123456', symbol: 'fl_bug', offset: 22 }],
  [
    '<ffffffffa0123456>{:fltrig:fl_bug+22}',
    { address: '0xffffffffa0123456', symbol: 'fl_bug', offset: 22, module: 'fltrig' },
  ],
  [':fltrig:fl_bug+0x5/0x10', { symbol: 'fl_bug', offset: 5, size: 16, module: 'fltrig' }],
  // ksymoops counts in hexadecimal without saying so
  ['fl_bug+16/30>', { symbol: 'fl_bug', offset: 22, size: 48 }],
  [
    'vfs_write+0xb7/0x1b0 fs/read_write.c:597',
    { symbol: 'vfs_write', offset: 183, size: 432, place: { file: 'fs/read_write.c', line: 597 } },
  ],
  [
    'vfs_write (fs/read_write.c:597 (discriminator 4)) ext4',
    { symbol: 'vfs_write', place: { file: 'fs/read_write.c', line: 597 } },
  ],
]

for (const [printed, expected] of cases) {
  test(`reads ${printed}`, () => {
    assert.deepEqual(readSymbol(printed)?.frame, expected)
    assert.deepEqual(readSymbol(`label: ${printed}`, 7)?.frame, expected)
  })
}

for (const printed of [
  '',
  'word',
  'fl_bug+',
  'fl_bug+0x',
  '12',
  '0x',
  '0x12345678901234567890',
  '(nul',
  '[<c012',
  '{}',
]) {
  test(`takes ${JSON.stringify(printed)} for no symbol`, () => assert.equal(readSymbol(printed), undefined))
}
