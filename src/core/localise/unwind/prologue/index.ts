import type { ArchName } from '../../../model.ts'
import { armPrologue } from './arm.ts'
import { arm64Prologue } from './arm64.ts'
import { loongarchPrologue } from './loongarch.ts'
import { mipsPrologue } from './mips.ts'
import { powerpcPrologue } from './powerpc.ts'
import type { PrologueReader } from './prologue.ts'
import { riscvPrologue } from './riscv.ts'
import { s390Prologue } from './s390.ts'
import { i386Prologue, x86_64Prologue } from './x86.ts'

export const prologueReaders: Partial<Record<ArchName, PrologueReader>> = {
  x86_64: x86_64Prologue,
  i386: i386Prologue,
  arm: armPrologue,
  arm64: arm64Prologue,
  powerpc: powerpcPrologue,
  powerpc64: powerpcPrologue,
  mips: mipsPrologue,
  mips64: mipsPrologue,
  riscv32: riscvPrologue,
  riscv64: riscvPrologue,
  s390x: s390Prologue,
  loongarch64: loongarchPrologue,
}
