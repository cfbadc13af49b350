import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arches } from '../arch/index.ts'
import { archOfElf, instructionSetOfArch } from './instruction-set.ts'

test('architectures whose instructions can be read are known by their ELF machine, as arch/ has it', () => {
  for (const { name, elfMachine, wordBytes } of arches) {
    const expected = instructionSetOfArch(name) === undefined ? undefined : name
    assert.equal(archOfElf(elfMachine, wordBytes), expected, name)
  }
})
