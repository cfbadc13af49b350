import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cursor, FormatError } from '../../bytes/cursor.ts'
import { readRanges } from './ranges.ts'
import { WholeTable } from './table.ts'
import type { Unit } from './unit.ts'

const SEC_OFFSET = 0x17

test('a list at a place that is no number, which damage makes of 64-bit offsets, is refused at once', () => {
  for (const version of [4, 5]) {
    const table = new WholeTable(new Cursor('.debug_ranges', new Uint8Array(64), 'little'))
    const unit = {
      header: { version, addressBytes: 8, offsetBytes: 8 },
      sections: { tables: { ranges: table, rnglists: table } },
      gnuRangesBase: 0,
    } as unknown as Unit
    for (const place of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 52])
      assert.throws(() => readRanges(unit, SEC_OFFSET, place, []), FormatError)
  }
})
