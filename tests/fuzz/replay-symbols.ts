// Tries one input of the symbol fuzzer again: node tests/fuzz/replay-symbols.ts SEED NUMBER

import { SymbolFuzzer } from './symbol-inputs.ts'

const [seed = Number.NaN, number = Number.NaN] = process.argv.slice(2).map(Number)
const { target, answered, failure } = await (await SymbolFuzzer.open(seed)).try(number)
process.stdout.write(`${target}: ${failure ?? (answered ? 'an answer' : 'a FormatError')}\n`)
