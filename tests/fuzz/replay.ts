// One input of the fuzzer again: `node tests/fuzz/replay.ts SEED NUMBER`; the log on stdout, what is wrong on stderr.

import { inputOf, tryInput } from './inputs.ts'

const [seed = 1, number = 0] = process.argv.slice(2).map(Number)
process.stdout.write(inputOf(seed, number).bytes)
const failure = tryInput(seed, number)
process.stderr.write(`${failure === undefined ? 'nothing wrong' : failure.message}\n`)
process.exitCode = failure === undefined ? 0 : 1
